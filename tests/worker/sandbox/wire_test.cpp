#include "worker/sandbox/wire.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <thread>

#include "catch.hpp"
#include "core/base/descriptor.hpp"

namespace {

using namespace tally::worker;
using std::chrono::milliseconds;

const KeepWaiting for_ever = [] { return true; };

SandboxRequest pair_request() {
  SandboxRequest request;
  request.job.program.argv = {"python3", "-I", "/tally/check.py"};
  request.job.program.input = std::string("a\0b\xff", 4);
  request.job.program.files = {{"check.py", "pass"}, {"empty", ""}};
  request.job.program.runtimes = {"/opt/python"};
  request.job.limits = {milliseconds(1), milliseconds(9), milliseconds(2), 3, 4, 5, 6,
                        milliseconds(8)};
  request.candidate = SandboxJob{{{"true"}, "", {}, {}}, {}};
  return request;
}

struct Ends {
  tally::Descriptor a, b;
};
Ends connected() {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {tally::Descriptor(ends[0]), tally::Descriptor(ends[1])};
}

}  // namespace

TEST_CASE("A request keeps every field", "[sandbox]") {
  const SandboxRequest sent = pair_request();
  const SandboxRequest got = decode_request(encode(sent));
  CHECK(got.job.program.argv == sent.job.program.argv);
  CHECK(got.job.program.input == sent.job.program.input);
  CHECK(got.job.program.files == sent.job.program.files);
  CHECK(got.job.program.runtimes == sent.job.program.runtimes);
  CHECK(got.job.limits.wall == milliseconds(1));
  CHECK(got.job.limits.wall_grace == milliseconds(9));
  CHECK(got.job.limits.cpu == milliseconds(2));
  CHECK(got.job.limits.memory == 3);
  CHECK(got.job.limits.processes == 4);
  CHECK(got.job.limits.output == 5);
  CHECK(got.job.limits.scratch == 6);
  CHECK(got.job.limits.signal_wait == milliseconds(8));
  REQUIRE(got.candidate);
  CHECK(got.candidate->program.argv == std::vector<std::string>{"true"});
  CHECK(got.candidate->limits.memory == 512ull << 20);
}

TEST_CASE("A request for one program has no candidate", "[sandbox]") {
  SandboxRequest request = pair_request();
  request.candidate.reset();
  CHECK_FALSE(decode_request(encode(request)).candidate);
}

TEST_CASE("A response keeps every field", "[sandbox]") {
  SandboxResponse sent;
  sent.checker = {Ending::signalled, 11, 0.25, 1.5, 0.125, 2.5, 7, std::string("o\0", 2), "e", "p"};
  sent.candidate.ending = Ending::memory_limit;
  sent.report = "verdict";
  const SandboxResponse got = decode_response(encode(sent));
  CHECK(got.checker.ending == Ending::signalled);
  CHECK(got.checker.status == 11);
  CHECK(got.checker.wall_seconds == 0.25);
  CHECK(got.checker.cpu_seconds == 1.5);
  CHECK(got.checker.waited_seconds == 0.125);
  CHECK(got.checker.missed_seconds == 2.5);
  CHECK(got.checker.peak_memory == 7);
  CHECK(got.checker.output == std::string("o\0", 2));
  CHECK(got.checker.errors == "e");
  CHECK(got.checker.problem == "p");
  CHECK(got.candidate.ending == Ending::memory_limit);
  CHECK(got.report == "verdict");
}

TEST_CASE("A message that is cut anywhere or longer is refused", "[sandbox]") {
  const std::string request = encode(pair_request());
  for (std::size_t size = 0; size < request.size(); ++size) {
    CHECK_THROWS_AS(decode_request(request.substr(0, size)), std::runtime_error);
  }
  CHECK_THROWS_WITH(decode_request(request + "x"), "sandbox message: more than a message");
  const std::string response = encode(SandboxResponse{});
  for (std::size_t size = 0; size < response.size(); ++size) {
    CHECK_THROWS_AS(decode_response(response.substr(0, size)), std::runtime_error);
  }
  CHECK_THROWS_WITH(decode_response(response + "x"), "sandbox message: more than a message");
}

TEST_CASE("Counts and endings beyond what is possible are refused", "[sandbox]") {
  std::string request = encode(pair_request());
  request[8 + 7] = '\x7f';  // the number of words of argv
  CHECK_THROWS_WITH(decode_request(request), "sandbox message: cut off");
  request[0] = 3;
  CHECK_THROWS_WITH(decode_request(request), "sandbox message: neither 1 nor 2 programs");
  std::string response = encode(SandboxResponse{});
  response[0] = 9;
  CHECK_THROWS_WITH(decode_response(response), "sandbox message: unknown ending");
}

TEST_CASE("Frames larger than the socket's buffer arrive whole and in order", "[sandbox]") {
  const Ends ends = connected();
  const std::string large(3'000'000, 'x');
  bool sent = false;
  std::thread sender([&] {
    sent = send_frame(ends.a.get(), large, for_ever) && send_frame(ends.a.get(), "", for_ever) &&
           send_frame(ends.a.get(), "last", for_ever);
  });
  const auto first = receive_frame(ends.b.get(), for_ever);
  const auto second = receive_frame(ends.b.get(), for_ever);
  const auto third = receive_frame(ends.b.get(), for_ever);
  sender.join();
  CHECK(sent);
  CHECK((first == large));
  CHECK(second == "");
  CHECK(third == "last");
}

TEST_CASE("A closed end, a cut frame and a lost patience are told apart", "[sandbox]") {
  Ends ends = connected();
  CHECK_FALSE(receive_frame(ends.b.get(), [] { return false; }));
  CHECK(errno == ETIME);
  REQUIRE(::send(ends.a.get(), "\x05\0\0\0\0\0\0\0ab", 10, 0) == 10);
  REQUIRE(ends.a.close() == 0);
  errno = 1;
  CHECK_FALSE(receive_frame(ends.b.get(), for_ever));
  CHECK(errno == 0);
  CHECK_FALSE(send_frame(ends.b.get(), "x", for_ever));
  CHECK(errno == EPIPE);
}

TEST_CASE("A length of more than 4 GiB is no frame", "[sandbox]") {
  const Ends ends = connected();
  REQUIRE(::send(ends.a.get(), "\x01\0\0\0\x01\0\0\0", 8, 0) == 8);
  CHECK_FALSE(receive_frame(ends.b.get(), for_ever));
  CHECK(errno == EBADMSG);
}
