#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/run_config.hpp"

// One spelling per value: numbers as in JSON, true and false, durations with a unit. What YAML 1.1
// readers disagree about (010, 0x10, 1_000, yes, .inf) is never guessed at.

namespace tally {

/// 0 or digits without a leading zero, below 2^64.
[[nodiscard]] std::optional<std::uint64_t> decimal_unsigned(std::string_view text) noexcept;

/// A JSON number that fits a finite double, not rounded to 0 unless it is.
[[nodiscard]] std::optional<double> decimal_number(std::string_view text) noexcept;

/// "250ms", "10s", "5m", "1h": an integer and a unit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(
    std::string_view text) noexcept;
/// The shortest text that parse_duration() reads back: 10'000 ms is "10s".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

/// "[days-]hours:minutes:seconds" as Slurm writes limits, or a duration of whole seconds with a
/// unit.
[[nodiscard]] std::optional<std::chrono::seconds> parse_time_limit(std::string_view text) noexcept;
/// "01:30:00", "2-00:00:00".
[[nodiscard]] std::string time_limit_text(std::chrono::seconds limit);

/// "512MiB", "4GiB", "2TiB": an integer and a binary unit, in bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_memory(std::string_view text) noexcept;
/// The shortest text that parse_memory() reads back.
[[nodiscard]] std::string memory_text(std::uint64_t bytes);

/// A plain scalar of `params`: boolean, integer, number or text. Nothing for what a person or
/// another YAML reader could take for something else: 010, 1_000, yes, .inf, 2^63, 2024-01-01.
[[nodiscard]] std::optional<Scalar> plain_scalar(const std::string& text);

}  // namespace tally
