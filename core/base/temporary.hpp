#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

// Names of temporary files: <name>.<host>.<boot>.<pid>.<start>.<counter>.tmp. <boot> is 8 hex
// digits of a digest over boot id and pid namespace, <start> the process's start in clock ticks
// since boot: together they prove on the spot that an owner is dead, and a reused pid is not taken
// for it.

namespace tally {

/// Who owns a temporary file.
struct TemporaryOwner {
  std::string host;
  std::string boot;
  pid_t pid = 0;
  std::uint64_t start = 0;
};

/// This process. Computed on first use; thread-safe, and right after fork().
[[nodiscard]] TemporaryOwner this_owner();

/// A name no other temporary has. Long names are cut so that the whole fits NAME_MAX.
[[nodiscard]] std::string temporary_name(std::string_view name);

/// The owner in a temporary's name; nothing for names that are not ours.
[[nodiscard]] std::optional<TemporaryOwner> parse_temporary_name(std::string_view name);

/// What is known about an owner from here.
enum class OwnerState { living, dead, elsewhere };
[[nodiscard]] OwnerState owner_state(const TemporaryOwner& owner);

}  // namespace tally
