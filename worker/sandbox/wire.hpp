#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "worker/sandbox/program.hpp"

// Messages between the worker and its supervisor (`tally-sandbox --serve`), over one stream socket.
// A frame is a little-endian 64-bit length and that many bytes. The worker sends a request; while
// it is being run, an empty frame asks to stop it; the supervisor answers each request once. Both
// ends are the same build on the same machine, so there is no version.

namespace tally::worker {

struct SandboxJob {
  Program program;
  SandboxLimits limits;
};

/// One program, or a checker (`job`) and its candidate.
struct SandboxRequest {
  SandboxJob job;
  std::optional<SandboxJob> candidate;
};

/// `candidate` of the result is meaningful for pairs only; `report` of one program says what fenced
/// it in beside its guard.
using SandboxResponse = PairResult;

[[nodiscard]] std::string encode(const SandboxRequest& request);
[[nodiscard]] std::string encode(const SandboxResponse& response);
/// Throw std::runtime_error when the bytes are not such a message, from its first to its last.
[[nodiscard]] SandboxRequest decode_request(std::string_view bytes);
[[nodiscard]] SandboxResponse decode_response(std::string_view bytes);

/// Returns false when waiting shall end; called at least so often while nothing moves.
using KeepWaiting = std::function<bool()>;
constexpr std::chrono::milliseconds most_between_looks{20};

/// Sends one frame. False, with errno set, when the other end is gone or waiting ended (ETIME).
[[nodiscard]] bool send_frame(int socket, std::string_view payload, const KeepWaiting& wait);
/// Receives one frame. Nothing, with errno set (0: the other end is closed), when there is none.
[[nodiscard]] std::optional<std::string> receive_frame(int socket, const KeepWaiting& wait);

}  // namespace tally::worker
