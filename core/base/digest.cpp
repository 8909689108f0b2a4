#include "core/base/digest.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"

namespace tally {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void check(int result, const char* call) {
  if (result != 1) throw Error(Errc::internal, std::string(call).append(" failed"));
}

// Fetched once: the implicit fetch inside EVP_sha256() costs more than hashing a short string.
// Never freed: threads may still hash while the process exits.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (fetched == nullptr) throw Error(Errc::internal, "EVP_MD_fetch failed for SHA256");
  return fetched;
}

void start(EVP_MD_CTX* context) {
  check(EVP_DigestInit_ex2(context, algorithm(), nullptr), "EVP_DigestInit_ex2");
}

Context make_context() {
  Context context(EVP_MD_CTX_new());
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

Digest finish_into(EVP_MD_CTX* context) {
  Digest digest;
  check(EVP_DigestFinal_ex(context, digest.bytes.data(), nullptr), "EVP_DigestFinal_ex");
  return digest;
}

Digest sha256_bytes(const void* data, std::size_t size) {
  thread_local const Context context = make_context();
  start(context.get());
  check(EVP_DigestUpdate(context.get(), data, size), "EVP_DigestUpdate");
  return finish_into(context.get());
}

}  // namespace

std::string Digest::hex() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string Digest::short_hex() const { return hex().substr(0, 16); }

struct Sha256::State {
  Context context = make_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) { start(state_->context.get()); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()), "EVP_DigestUpdate");
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

Digest Sha256::finish() {
  const Digest digest = finish_into(state_->context.get());
  start(state_->context.get());
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) { return sha256_bytes(bytes.data(), bytes.size()); }
Digest sha256(std::string_view text) { return sha256_bytes(text.data(), text.size()); }

Digest sha256_file(const std::filesystem::path& file) {
  const Descriptor input = Descriptor::open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!input.valid()) throw errno_error(open_failure(errno), "open", file, errno);
  struct stat status {};
  if (::fstat(input.get(), &status) != 0) throw errno_error(Errc::io, "fstat", file, errno);
  if (!S_ISREG(status.st_mode))
    throw Error(Errc::missing, "found no regular file, expected one", {file, {}, 0});
  Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{1} << 18U);
  for (;;) {
    const ssize_t got = read_some(input.get(), buffer);
    if (got < 0) throw errno_error(Errc::io, "read", file, errno);
    if (got == 0) return hash.finish();
    hash.update(std::span<const std::byte>(buffer).first(static_cast<std::size_t>(got)));
  }
}

}  // namespace tally
