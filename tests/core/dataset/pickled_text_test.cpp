#include "core/dataset/pickled_text.hpp"

#include <zlib.h>

#include <cstdint>

#include "catch.hpp"

using tally::unpack_pickled_text;

// The packed texts are Python's: base64.b64encode(zlib.compress(pickle.dumps(text, protocol))).

namespace {

constexpr std::size_t kLimit = 1000;
constexpr const char* kNoBase64 = "found no base64, expected base64 of zlib of a pickled text";
constexpr const char* kNoZlib = "found no zlib stream, expected base64 of zlib of a pickled text";
constexpr const char* kTooLong = "found more bytes than a doc may have, expected fewer";
constexpr const char* kNoText = "found a pickle of something else, expected one of a text";

std::string packed(std::string pickle) {
  uLongf size = compressBound(static_cast<uLong>(pickle.size()));
  std::string bytes(size, '\0');
  REQUIRE(compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                   reinterpret_cast<const Bytef*>(pickle.data()),
                   static_cast<uLong>(pickle.size())) == Z_OK);
  bytes.resize(size);
  constexpr const char* kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      bits = bits << 8U | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (unsigned k = 0; k < 4; ++k) {
      out.push_back(i + k > bytes.size() ? '=' : kDigits[bits >> (18U - 6U * k) & 63U]);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a text is unpacked from pickle's protocols 2 to 5", "[dataset][pickle]") {
  for (const char* text :
       {"eJxrYIowZ2BgiK5WyswrKC1RslJQMo7JU9JRUMovLYEKHF4J4pekFpeUVBakgkSKS1Iy85RqYwsZ9ABkKBON",
        "eJxrYI4wZ2BgiK5WyswrKC1RslJQMo7JU9JRUMovLYEKHF4J4pekFpeUVBakgkSKS1Iy85RqYwsZ9ABkaBOO",
        "eJxrYJlqzQABPebR1UqZeQWlJUpWCkrGMXlKOgpK+aUlUIHDK0H8ktTikpLKglSQSHFJSmaeUm3sFD0Alf8Utg==",
        "eJxrYJ1qzQABPebR1UqZeQWlJUpWCkrGMXlKOgpK+aUlUIHDK0H8ktTikpLKglSQSHFJSmaeUm3sFD0AlkQUtw="
        "="}) {
    CAPTURE(text);
    const auto unpacked = unpack_pickled_text(text, kLimit);
    CHECK(unpacked.problem.empty());
    CHECK(unpacked.text ==
          "[{\"input\": \"3\\n\", \"output\": \"\xC3\xA9\", \"testtype\": "
          "\"stdin\"}]");
  }
  CHECK(unpack_pickled_text("eJxrYJnKwgABPQxT9AATDgJs", kLimit).problem.empty());  // ""
  CHECK(unpack_pickled_text("eJxrYIpgYmBgiI4tYmBkYNADABR8AjY=", kLimit).text == "[]");
  CHECK(unpack_pickled_text("eJxrYOllYoCA6NgpegAS4QKO", kLimit).text == "[]");
}

TEST_CASE("a pickle of anything but a text is refused", "[dataset][pickle]") {
  for (const char* text : {
           "eJwLi65WyswrKC1RslJQMo4pNTAwTc5T0lFQyi8tgYq+BHFLUotLSioLUkECxSUpmXlKtbFcBQZcegCceBP/",
           "eJxrYJnKygABzowVU/QAFMQCnQ==",                                      // bytes
           "eJxrYJnKwQABsVN6GCumJOoBACMNBDs=",                                  // a list
           "eJxrYPFm1gMAA6oBAQ==",                                              // an integer
           "eJxrYJnKzgABPYwVU1qn6AEAHnYEAQ==",                                  // a tuple
           "eJxrYJkqzwABPawF+cWZFVN62Iori0tSc6dMntLDUlJUmjqldUrQFD0AA2gOlA==",  // a call of system
           "eJxrYErOL+YqriwuSc3l0gMAJGMErw==",                                  // GLOBAL
           "eJxrYJnKxgABPUzRsVP0KgAcqwOg",                                      // a byte after STOP
           "eJxrYOlhTOxhTNIDAA2NApA=",                                          // two texts
           "eJxrYNEDAAG5ALM=",                                                  // none
           "eJzrYUzUAwADJwEd",                                                  // no PROTO
           "eJxrYOthTNQDAAZHAaM=",                                              // protocol 6
           "eJxrYOlhTdQDAAZJAaU=",              // a text longer than the pickle
           "eJxrYJn6Hwp6GBP1AFY3Ci4=",          // a frame of 2^64-1 bytes
           "eJxrYOn9DwWJegBBiAmZ",              // a text of 2^64-1 bytes
           "eJxrYJnKzgABPcxvFzRM0QMAIOwEfw==",  // a lone surrogate
       }) {
    CAPTURE(text);
    CHECK(unpack_pickled_text(text, kLimit).problem == kNoText);
    CHECK(unpack_pickled_text(text, kLimit).text.empty());
  }
}

TEST_CASE("every cut of a pickle is refused", "[dataset][pickle]") {
  const std::string pickle("\x80\x04\x95\x06\0\0\0\0\0\0\0\x8c\x02[]\x94.", 17);
  CHECK(unpack_pickled_text(packed(pickle), kLimit).text == "[]");
  for (std::size_t size = 0; size < pickle.size(); ++size) {
    CHECK(unpack_pickled_text(packed(pickle.substr(0, size)), kLimit).problem == kNoText);
  }
}

TEST_CASE("what is no base64 or no zlib stream is refused", "[dataset][pickle]") {
  for (const char* text :
       {"x", "!!!!", "eJxr YJnK", "eJx=YJnK", "====", "eJxrYJnKwgABPQxT9AATDgJs\n"}) {
    CAPTURE(text);
    CHECK(unpack_pickled_text(text, kLimit).problem == kNoBase64);
  }
  for (const char* text : {"", "AAAA", "eJxrYJnKxgABPUzRsVP0ABkLAyh4",  // a byte after the stream
                           "eJxrYJnKxgABPUzRsVP0ABk="}) {               // cut
    CAPTURE(text);
    CHECK(unpack_pickled_text(text, kLimit).problem == kNoZlib);
  }
}

TEST_CASE("a stream that inflates to more than the limit is refused", "[dataset][pickle]") {
  const auto text = [](std::size_t size) {
    std::string pickle("\x80\x04X", 3);
    for (unsigned i = 0; i < 4; ++i) pickle.push_back(static_cast<char>(size >> 8U * i & 0xFFU));
    return packed(pickle + std::string(size, 'a') + "\x94.");
  };
  CHECK(unpack_pickled_text(text(kLimit), kLimit).text == std::string(kLimit, 'a'));
  CHECK(unpack_pickled_text(text(kLimit + 1), kLimit).problem == kTooLong);
  const std::string bomb = text(std::size_t{16} << 20U);
  CHECK(bomb.size() < 32'768);
  CHECK(unpack_pickled_text(bomb, kLimit).problem == kTooLong);
}
