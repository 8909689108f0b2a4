#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "core/base/utf8.hpp"
#include "core/config/node.hpp"

namespace tally {
namespace {

// Ends the parse after a fault that leaves nothing sensible to go on with. It is in `faults` by
// then.
struct GiveUp : std::runtime_error {
  GiveUp() : std::runtime_error("parse given up") {}
};

bool is_control(char character) noexcept {
  const auto byte = static_cast<unsigned char>(character);
  return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
}

// The first control character or byte that is not UTF-8. yaml-cpp itself would guess UTF-16 and
// UTF-32, and drop a byte order mark silently.
bool is_clean(std::string_view text, Place place, Faults& faults) {
  const bool in_file = place.override_text == nullptr;
  if (in_file) place.line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    const bool mark = text.substr(at).starts_with("\xEF\xBB\xBF");
    if (length == 0 || mark || is_control(text[at])) {
      const auto byte = static_cast<unsigned char>(text[at]);
      faults.add(place, "",
                 mark
                     ? "found a byte order mark, expected plain UTF-8"
                     : fmt::format("found byte 0x{:02x}, expected UTF-8 without control characters",
                                   byte));
      return false;
    }
    if (in_file && text[at] == '\n') ++place.line;
    at += length;
  }
  return true;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view source, Faults& faults,
              std::shared_ptr<const std::string> override_text)
      : source_(source), faults_(faults), override_text_(std::move(override_text)) {}
  [[nodiscard]] Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) give_up(mark, "found a second document, expected one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (wants_key()) give_up(mark, "found no text as a key, expected text");
    add(make(mark, Node::Kind::null));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fault(mark, "found an alias, expected the value itself");
    if (wants_key()) throw GiveUp();
    add(make(mark, Node::Kind::null));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (std::any_of(value.begin(), value.end(), is_control) || !is_utf8(value))
      fault(mark, "found a control character in a text, expected none");
    if (!is_closed(mark)) give_up(mark, "found no closing quote, expected one");
    if (wants_key()) return open_key(mark, value);
    Node node = make(mark, Node::Kind::scalar);
    node.quoted = tag == "!";
    node.text = value;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A container that is still open; `key` is the member it waits a value for.
  struct Frame {
    Node node;
    bool has_key = false;
    std::string key;
    Place key_place;
    std::unordered_map<std::string, int> lines;  // of the keys so far
  };

  [[nodiscard]] Place place_of(const YAML::Mark& mark) const {
    Place place;
    place.override_text = override_text_;
    if (override_text_ == nullptr) place.line = mark.line + 1;  // yaml-cpp counts lines from 0
    return place;
  }

  [[nodiscard]] bool wants_key() const {
    return !frames_.empty() && frames_.back().node.kind == Node::Kind::map &&
           !frames_.back().has_key;
  }

  // "models[1].weights" for the value that comes next.
  [[nodiscard]] std::string path() const {
    std::string path;
    for (const Frame& frame : frames_) {
      if (frame.node.kind == Node::Kind::sequence)
        path = fmt::format("{}[{}]", path, frame.node.items.size());
      else if (frame.has_key)
        path = path.empty() ? frame.key : fmt::format("{}.{}", path, frame.key);
    }
    return path;
  }

  void fault(const YAML::Mark& mark, std::string message) {
    // An override's value is parsed inside a list of its own, so a path into it would mislead.
    faults_.add(place_of(mark), override_text_ == nullptr ? path() : "", std::move(message));
  }
  [[noreturn]] void give_up(const YAML::Mark& mark, std::string message) {
    fault(mark, std::move(message));
    throw GiveUp();
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) fault(mark, "found an anchor, expected none");
  }

  // yaml-cpp reports "?" for no tag and "!" for quotes and blocks. A tag written as a lone "!"
  // looks the same, but then the source has the "!" where the value begins.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    const auto position = static_cast<std::size_t>(mark.pos);
    const bool written = position < source_.size() && source_[position] == '!';
    if (tag == "?" || tag.empty() || (tag == "!" && !written)) return;
    fault(mark, fmt::format("found the tag {}, expected none", tag));
  }

  // yaml-cpp takes a quoted scalar that the end of the file cuts off after a line end: so a config
  // that was only half copied could pass.
  [[nodiscard]] bool is_closed(const YAML::Mark& mark) const {
    const auto begin = static_cast<std::size_t>(mark.pos);
    if (begin >= source_.size() || (source_[begin] != '"' && source_[begin] != '\'')) return true;
    const char quote = source_[begin];
    for (std::size_t at = begin + 1; at < source_.size(); ++at) {
      if (source_[at] == '\\' && quote == '"') {
        ++at;
      } else if (source_[at] == quote) {
        if (quote == '"' || at + 1 == source_.size() || source_[at + 1] != quote) return true;
        ++at;  // a doubled quote stands for one
      }
    }
    return false;
  }

  Node make(const YAML::Mark& mark, Node::Kind kind) {
    if (++nodes_ > kMaxConfigNodes)
      give_up(mark, fmt::format("found too many values, expected at most {}", kMaxConfigNodes));
    Node node;
    node.kind = kind;
    node.place = place_of(mark);
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (wants_key()) give_up(mark, "found a list or mapping as a key, expected text");
    if (frames_.size() == kMaxConfigDepth)
      give_up(mark, fmt::format("found deeper nesting, expected at most {}", kMaxConfigDepth));
    Frame frame;
    frame.node = make(mark, kind);
    frames_.push_back(std::move(frame));
  }

  void open_key(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = frames_.back();
    const auto [twin, is_new] = frame.lines.emplace(key, mark.line + 1);
    frame.has_key = true;
    frame.key = key;
    frame.key_place = place_of(mark);
    if (key == "<<") fault(mark, "found a merge key, expected the keys themselves");
    if (!is_new)
      fault(mark, fmt::format("found a second time, expected once (line {})", twin->second));
  }

  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::sequence) {
      frame.node.items.push_back(std::move(node));
      return;
    }
    frame.node.members.push_back({frame.key, frame.key_place, std::move(node)});
    frame.has_key = false;
  }

  std::string_view source_;
  Faults& faults_;
  std::shared_ptr<const std::string> override_text_;
  Node root_;
  std::vector<Frame> frames_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

Node parse_yaml(std::string_view text, Faults& faults,
                std::shared_ptr<const std::string> override_text) {
  Place place;
  place.override_text = override_text;
  if (text.size() > kMaxConfigBytes) {
    faults.add(place, "",
               fmt::format("found {} bytes, expected at most {}", text.size(), kMaxConfigBytes));
    return {};
  }
  if (!is_clean(text, place, faults)) return {};
  TreeBuilder builder(text, faults, std::move(override_text));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const GiveUp&) {
    return {};  // its fault is recorded
  } catch (const YAML::Exception& error) {
    if (place.override_text == nullptr) place.line = error.mark.line + 1;
    faults.add(place, "", error.msg);
  }
  return builder.take();
}

}  // namespace tally
