#pragma once
#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "worker/scorers/instruction_following/language.hpp"

namespace tally::worker {

/// The 25 instruction ids of IFEval (Zhou et al. 2023, arXiv 2311.07911), by name.
extern const std::array<std::string_view, 25> kInstructionIds;

enum class Decision { followed, not_followed, unsupported };

/// What became of one instruction.
struct InstructionVerdict {
  Decision strict = Decision::unsupported;
  Decision loose = Decision::unsupported;  ///< unsupported exactly when `strict` is.
  std::string note;                        ///< Why it is unsupported or flagged; empty otherwise.
  bool flagged = false;  ///< Decided by a rule of ours where the reference draws at random.
};

/// Judges a response by each of its instructions. A pure function of its arguments; no two calls
/// give different verdicts.
///
/// Strict: the response follows the instruction. Loose: one of eight variants of it does, which are
/// the response without its first line, its last line, both or neither, each with and without its
/// asterisks. A blank response, and a blank variant, follows nothing. An id that is not one of the
/// 25 is unsupported; so are the three about languages where `detector` is null.
///
/// `response` may be any bytes: what is not UTF-8 counts as U+FFFD. `kwargs`: one object per id.
/// Throws Error(data) for arguments that nothing can be decided by, and when a pattern of the
/// dataset exhausted its limits; Error(missing | io | config) when the profiles cannot be read.
[[nodiscard]] std::vector<InstructionVerdict> judge_instructions(
    const std::vector<std::string>& ids, const std::vector<nlohmann::json>& kwargs,
    std::string_view response, const LanguageDetector* detector);

}  // namespace tally::worker
