// bench-publish DIR COUNT: publishes COUNT files of 4 KiB through publish_new() and as many by the
// system calls alone (write, fsync, rename, fsync of the folder), in turn, and prints the median
// microseconds of each. In turn and by median, because a disk's fsync drifts by far more than 20 %.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/tool_main.hpp"

namespace tally::bench {
namespace {

using Bytes = std::vector<std::byte>;

void check(bool done) {
  if (!done) throw errno_error(Errc::io, "publish", {}, errno);
}

void publish_bare(const std::filesystem::path& temp, const std::filesystem::path& file,
                  const Bytes& bytes) {
  const auto unfinished = temp / file.filename();
  const int out = ::open(unfinished.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  check(out >= 0);
  check(::write(out, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  check(::fsync(out) == 0);
  check(::close(out) == 0);
  check(::rename(unfinished.c_str(), file.c_str()) == 0);
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(folder >= 0);
  check(::fsync(folder) == 0);
  check(::close(folder) == 0);
}

double microseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int run(const std::filesystem::path& dir, std::size_t count) {
  std::filesystem::remove_all(dir);
  const auto temp = dir / "temp";
  const auto shards = dir / "shards";
  std::filesystem::create_directories(temp);
  std::filesystem::create_directories(shards);
  const Bytes bytes(4096, std::byte{7});
  std::vector<double> ours;
  std::vector<double> bare;
  for (std::size_t i = 0; i < count; ++i) {
    const auto our_file = shards / fmt::format("ours-{}", i);
    const auto bare_file = shards / fmt::format("bare-{}", i);
    const auto publish = [&] { static_cast<void>(publish_new(temp, our_file, bytes)); };
    const auto publish_too = [&] { publish_bare(temp, bare_file, bytes); };
    if (i % 2 == 0) ours.push_back(microseconds(publish));
    bare.push_back(microseconds(publish_too));
    if (i % 2 == 1) ours.push_back(microseconds(publish));
  }
  fmt::print("publish_new {:.2f}\nbare {:.2f}\n", median(ours), median(bare));
  return 0;
}

}  // namespace
}  // namespace tally::bench

int main(int argc, char** argv) {
  return tally::tool_main("bench-publish", [&] {
    if (argc != 3) throw tally::Error(tally::Errc::usage, "expected DIR COUNT");
    return tally::bench::run(argv[1], std::stoul(argv[2]));
  });
}
