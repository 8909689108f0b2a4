#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tally {

/// A SHA-256 value (FIPS 180-4). Ordered and printable.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  [[nodiscard]] std::string hex() const;  ///< 64 lower-case digits.
  /// The first 16 hex digits: task ids, shard names.
  [[nodiscard]] std::string short_hex() const;
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// SHA-256 over pieces. Not thread-safe; one object per stream.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// Returns the digest and starts over.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Digest sha256(std::span<const std::byte> bytes);
[[nodiscard]] Digest sha256(std::string_view text);

/// Digest of a file's bytes as stored (a .gz is not unpacked).
/// Throws Error(missing) when it does not exist, cannot be opened or is no regular file, Error(io)
/// when a read fails.
[[nodiscard]] Digest sha256_file(const std::filesystem::path& file);

}  // namespace tally
