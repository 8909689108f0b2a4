#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Durable files. Protocol of every publish, in order:
//   1) create temp/<name>.<host>.<boot>.<pid>.<start>.<counter>.tmp with
//   O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC; 2) write all bytes (short writes and EINTR continue); 3)
//   fsync the file; 4) check the size; 5) close, checked; 6) rename into place; 7) fsync the
//   directory of the final name.
// After a failed fsync the same file is never fsynced again: it is unlinked and rewritten, at most
// three times, then Error(io). After a failed fsync of the directory the call fails, and a retry
// publishes a new file. The caller may acknowledge only after the function returned.

namespace tally {

/// What publishing found under the final name.
enum class Published {
  created,        ///< The file is new and durable.
  already_there,  ///< The same bytes were there before (a retry): durable too.
};

/// Publishes `bytes` as `final_path`, never replacing other bytes: RENAME_NOREPLACE, or link +
/// unlink where the filesystem lacks it. Where the same bytes are already, they are published once
/// more: the call before may have failed at step 7. `temp_dir` must be on the same filesystem.
/// Throws Error(io) on any system call that fails; Error(data) when other bytes have that name.
[[nodiscard]] Published publish_new(const std::filesystem::path& temp_dir,
                                    const std::filesystem::path& final_path,
                                    std::span<const std::byte> bytes);

/// Renames without replacing. Returns 0 or the errno: EEXIST when `to` is taken.
[[nodiscard]] int rename_new(const std::filesystem::path& from,
                             const std::filesystem::path& to) noexcept;

/// Publishes `bytes` as `final_path`, replacing what was there in one step. The temporary lies
/// beside it when `temp_dir` is empty. Throws Error(io).
void publish_replace(const std::filesystem::path& temp_dir, const std::filesystem::path& final_path,
                     std::string_view bytes);

/// Replaces a file in one step without fsync: for progress files, where losing one is harmless.
/// Never throws: returns false when it could not be written.
bool replace_quickly(const std::filesystem::path& final_path, std::string_view bytes) noexcept;

/// fsync of a file or directory by path. Throws Error(io).
void sync_path(const std::filesystem::path& path);

/// The whole file. Throws Error(missing | io) when it cannot be opened (see open_failure()),
/// Error(data) when it is not a regular file or exceeds `max_bytes`, Error(io) when a read fails.
[[nodiscard]] std::string read_text(const std::filesystem::path& file, std::uint64_t max_bytes);
[[nodiscard]] std::vector<std::byte> read_bytes(const std::filesystem::path& file,
                                                std::uint64_t max_bytes);

/// Removes files in `temp_dir` that no living process owns: on this host and boot, when the pid in
/// the name is gone; of other hosts, when older than `max_age_hours` by that filesystem's clock.
/// Returns the names removed. Never throws for a file that vanished meanwhile.
std::vector<std::string> remove_stale_temporaries(const std::filesystem::path& temp_dir,
                                                  unsigned max_age_hours);

}  // namespace tally
