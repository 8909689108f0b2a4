#include "worker/scorers/instruction_following/json_text.hpp"

#include <cstddef>
#include <string>

namespace tally::worker {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Without recursion: `open_` holds the brackets that are open, so no text exhausts the stack.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool run() {
    bool good = value();
    while (good && !open_.empty()) good = next_element();
    skip();
    return good && at_ == text_.size();
  }

 private:
  void skip() {
    at_ = text_.find_first_not_of(" \t\n\r", at_);
    if (at_ == std::string_view::npos) at_ = text_.size();
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  // Behind an element: a comma and the next one, or the end of what is open.
  bool next_element() {
    const bool object = open_.back() == '{';
    skip();
    if (take(object ? "}" : "]")) {
      open_.pop_back();
      return true;
    }
    return take(",") && (object ? member() : value());
  }

  bool member() {
    skip();
    if (!string()) return false;
    skip();
    return take(":") && value();
  }

  // One value, or the start of one up to its first element that is itself complete.
  bool value() {
    while (true) {
      skip();
      const char c = peek();
      if (c == '"') return string();
      if (c == '-' || is_digit(c)) return number();
      if (c != '{' && c != '[') {
        return take("true") || take("false") || take("null") || take("NaN") || take("Infinity");
      }
      ++at_;
      open_.push_back(c);
      skip();
      if (peek() == (c == '{' ? '}' : ']')) return true;  // next_element() closes it
      if (c == '{') {
        if (!string()) return false;
        skip();
        if (!take(":")) return false;
      }
    }
  }

  bool string() {
    if (!take("\"")) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  bool escape() {
    const char c = peek();
    ++at_;
    if (c != 'u') return c != '\0' && std::string_view(R"("\/bfnrt)").find(c) != std::string::npos;
    for (int i = 0; i < 4; ++i) {
      if (!is_hex(peek())) return false;
      ++at_;
    }
    return true;
  }

  bool digits() {
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ > start;
  }

  bool number() {
    if (take("-Infinity")) return true;
    take("-");
    if (!take("0") && !digits()) return false;
    const std::size_t whole = at_;
    if (take(".") && !digits()) at_ = whole;  // "1." is a 1 and something else, which is refused
    const std::size_t fraction = at_;
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      if (!digits()) at_ = fraction;
    }
    return true;
  }

  std::string_view text_;
  std::string open_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_python_json(std::string_view text) { return Reader(text).run(); }

}  // namespace tally::worker
