#include "worker/sandbox/wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace tally::worker {
namespace {

constexpr std::uint64_t most_of_a_frame = 4ull << 30;

class Writer {
 public:
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(value >> shift & 0xff);
  }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    const std::string_view bytes = take(8);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return value;
  }
  double real() { return std::bit_cast<double>(number()); }
  std::string text() { return std::string(take(number())); }
  /// How many things follow: each takes at least the 8 bytes of its length.
  std::uint64_t count() {
    const std::uint64_t value = number();
    if (value > rest_.size() / 8) throw std::runtime_error("sandbox message: cut off");
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values(count());
    for (std::string& value : values) value = text();
    return values;
  }
  void end() const {
    if (!rest_.empty()) throw std::runtime_error("sandbox message: more than a message");
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) throw std::runtime_error("sandbox message: cut off");
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
};

void put(Writer& out, const SandboxJob& job) {
  out.texts(job.program.argv);
  out.text(job.program.input);
  out.number(job.program.files.size());
  for (const auto& [name, content] : job.program.files) {
    out.text(name);
    out.text(content);
  }
  out.texts(job.program.runtimes);
  const SandboxLimits& limits = job.limits;
  out.number(static_cast<std::uint64_t>(limits.wall.count()));
  out.number(static_cast<std::uint64_t>(limits.wall_grace.count()));
  out.number(static_cast<std::uint64_t>(limits.cpu.count()));
  for (const std::uint64_t value :
       {limits.memory, std::uint64_t{limits.processes}, limits.output, limits.scratch}) {
    out.number(value);
  }
  out.number(static_cast<std::uint64_t>(limits.signal_wait.count()));
}

SandboxJob get_job(Reader& in) {
  SandboxJob job;
  job.program.argv = in.texts();
  job.program.input = in.text();
  job.program.files.resize(in.count());
  for (auto& [name, content] : job.program.files) {
    name = in.text();
    content = in.text();
  }
  job.program.runtimes = in.texts();
  job.limits.wall = std::chrono::milliseconds(in.number());
  job.limits.wall_grace = std::chrono::milliseconds(in.number());
  job.limits.cpu = std::chrono::milliseconds(in.number());
  job.limits.memory = in.number();
  job.limits.processes = static_cast<std::uint32_t>(in.number());
  job.limits.output = in.number();
  job.limits.scratch = in.number();
  job.limits.signal_wait = std::chrono::milliseconds(in.number());
  return job;
}

void put(Writer& out, const ProgramResult& result) {
  out.number(static_cast<std::uint64_t>(result.ending));
  out.number(static_cast<std::uint64_t>(result.status));
  out.real(result.wall_seconds);
  out.real(result.cpu_seconds);
  out.real(result.waited_seconds);
  out.real(result.missed_seconds);
  out.number(result.peak_memory);
  out.text(result.output);
  out.text(result.errors);
  out.text(result.problem);
}

ProgramResult get_result(Reader& in) {
  ProgramResult result;
  const std::uint64_t ending = in.number();
  if (ending > static_cast<std::uint64_t>(Ending::broken)) {
    throw std::runtime_error("sandbox message: unknown ending");
  }
  result.ending = static_cast<Ending>(ending);
  result.status = static_cast<int>(in.number());
  result.wall_seconds = in.real();
  result.cpu_seconds = in.real();
  result.waited_seconds = in.real();
  result.missed_seconds = in.real();
  result.peak_memory = in.number();
  result.output = in.text();
  result.errors = in.text();
  result.problem = in.text();
  return result;
}

bool wait_for(int socket, short events, const KeepWaiting& wait) {
  for (;;) {
    if (!wait()) {
      errno = ETIME;
      return false;
    }
    pollfd poller{socket, events, 0};
    const int ready = ::poll(&poller, 1, int(most_between_looks.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool send_all(int socket, std::string_view bytes, const KeepWaiting& wait) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(socket, POLLOUT, wait)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool receive_all(int socket, char* to, std::size_t size, const KeepWaiting& wait) {
  while (size > 0) {
    const ssize_t got = ::recv(socket, to, size, MSG_DONTWAIT);
    if (got > 0) {
      to += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0) {
      errno = 0;
      return false;
    } else if (errno == EAGAIN) {
      if (!wait_for(socket, POLLIN, wait)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string encode(const SandboxRequest& request) {
  Writer out;
  out.number(request.candidate ? 2 : 1);
  put(out, request.job);
  if (request.candidate) put(out, *request.candidate);
  return out.take();
}

std::string encode(const SandboxResponse& response) {
  Writer out;
  put(out, response.checker);
  put(out, response.candidate);
  out.text(response.report);
  return out.take();
}

SandboxRequest decode_request(std::string_view bytes) {
  Reader in(bytes);
  const std::uint64_t jobs = in.number();
  if (jobs != 1 && jobs != 2) throw std::runtime_error("sandbox message: neither 1 nor 2 programs");
  SandboxRequest request;
  request.job = get_job(in);
  if (jobs == 2) request.candidate = get_job(in);
  in.end();
  return request;
}

SandboxResponse decode_response(std::string_view bytes) {
  Reader in(bytes);
  SandboxResponse response;
  response.checker = get_result(in);
  response.candidate = get_result(in);
  response.report = in.text();
  in.end();
  return response;
}

bool send_frame(int socket, std::string_view payload, const KeepWaiting& wait) {
  Writer length;
  length.number(payload.size());
  return send_all(socket, length.take(), wait) && send_all(socket, payload, wait);
}

std::optional<std::string> receive_frame(int socket, const KeepWaiting& wait) {
  char length[8];
  if (!receive_all(socket, length, sizeof length, wait)) return std::nullopt;
  const std::uint64_t size = Reader({length, sizeof length}).number();
  if (size > most_of_a_frame) {
    errno = EBADMSG;
    return std::nullopt;
  }
  std::string payload(size, '\0');
  if (!receive_all(socket, payload.data(), payload.size(), wait)) return std::nullopt;
  return payload;
}

}  // namespace tally::worker
