#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace tally {

/// A file read front to back; a name that ends in .gz is unpacked on the way (RFC 1952, several
/// members are one text). Not thread-safe.
class InputFile {
 public:
  /// Throws Error(missing | io) when it cannot be opened, see open_failure().
  explicit InputFile(const std::filesystem::path& file);
  ~InputFile();
  InputFile(InputFile&&) noexcept;
  InputFile& operator=(InputFile&&) noexcept;

  /// Fills `buffer`; returns fewer bytes than it holds only at the end. Throws Error(io), or
  /// Error(data) when a .gz is damaged or ends in the middle of a member.
  std::size_t read(std::span<char> buffer);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tally
