#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

namespace tally {

/// Kind of failure. The value is the process exit code (sysexits.h), which Slurm and Kubernetes
/// retry rules match on: never renumber. 69, 74 and 75 are worth a retry; 64 and 78 fail a whole
/// array, 65 and 66 one element. Table: docs/failure.md.
enum class Errc : int {
  usage = 64,        ///< The command line is wrong.
  data = 65,         ///< Input was found but is not what it should be (digest, syntax, version).
  missing = 66,      ///< A named input does not exist or cannot be read.
  unavailable = 69,  ///< Something we depend on does not answer now.
  internal = 70,     ///< A bug of ours.
  io = 74,           ///< The operating system refused a read, write, fsync or rename.
  incomplete = 75,   ///< Stopped or unfinished: run me again.
  config = 78,       ///< run.yaml or an override is wrong.
};

/// Where the bad input is. Empty fields are unknown.
struct Where {
  std::filesystem::path path;
  std::string key;  ///< Dotted config key, JSON key or HDF5 object path.
  int line = 0;     ///< 1-based; 0 when unknown.
};

/// The only exception the toolkit throws on purpose.
/// `what()` reads "run.yaml:12: resources.ranks: found 0, expected 1..100000": lower-case, no full
/// stop, says what was found and what was expected.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message, Where where = {});
  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] const Where& where() const noexcept { return where_; }

 private:
  Errc code_;
  Where where_;
};

/// Which kind a failed open() of an input is: missing when the file is not there or may not be
/// read, io when the machine is short of something or broken (EMFILE, ENOSPC, ESTALE, EIO): worth a
/// retry.
[[nodiscard]] Errc open_failure(int errno_value) noexcept;

/// Error(code, "<doing>: <strerror(errno_value)>", {path}).
[[nodiscard]] Error errno_error(Errc code, const std::string& doing,
                                const std::filesystem::path& path, int errno_value);

}  // namespace tally
