#include <fmt/format.h>
#include <simdjson.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"
#include "core/dataset/doc_source.hpp"
#include "core/dataset/line_reader.hpp"

// IFEval: one JSON object a line with key, prompt, instruction_id_list and kwargs, one object of
// arguments per instruction. What the lists hold is the scorer's business, so arguments that are
// null (as in the copy on Hugging Face) or 0 reach it as they are; that they match in number is
// ours.

namespace tally {
namespace {

namespace dom = simdjson::dom;

class IfevalDocs final : public DocSource {
 public:
  IfevalDocs(const DatasetSpec& spec, const std::filesystem::path& file)
      : id_(spec.id.empty() ? "key" : spec.id),
        input_(spec.input.empty() ? "prompt" : spec.input),
        group_(spec.group_by),
        file_(file),
        reader_(file) {
    if (spec.target.empty()) return;
    throw Error(
        Errc::config,
        fmt::format("found '{}', expected none: docs of format ifeval have no target", spec.target),
        {file, "target", 0});
  }

  bool next() override {
    while (reader_.next()) {
      if (reader_.line().find_first_not_of(" \t\r") != std::string_view::npos) return true;
    }
    return false;
  }

  void parse(Doc& doc) override {
    const std::string_view line = reader_.line();
    try {
      const dom::object object = parser_.parse(line.data(), line.size(), false).get_object();
      refuse_twice(object);
      doc.id = scalar(object, id_);
      if (doc.id.empty()) fail(id_, "found an empty string, expected an id");
      doc.text = scalar(object, input_);
      doc.data = instructions(object);
      if (!group_.empty()) doc.group = scalar(object, group_);
    } catch (const simdjson::simdjson_error& error) {
      fail("", fmt::format("found no JSON object ({}), expected one a line", error.what()));
    }
    if (!group_.empty() && doc.group.empty()) {
      fail(group_, "found no text, expected the name of a group");
    }
  }

  [[nodiscard]] int line() const override { return reader_.number(); }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw Error(Errc::data, message, {file_, key, reader_.number()});
  }

  void refuse_twice(const dom::object& object) const {
    for (const std::string& key : {id_, input_, group_, kIds, kKwargs}) {
      std::size_t seen = 0;
      for (const auto field : object) seen += field.key == key ? 1U : 0U;
      if (seen > 1) fail(key, "found the key twice, expected it once");
    }
  }

  [[nodiscard]] dom::element at(const dom::object& object, const std::string& key) const {
    dom::element value;
    if (object.at_key(key).get(value) != simdjson::SUCCESS) {
      fail(key, "found no such key, expected one in every line");
    }
    return value;
  }

  // A string as it is, a number or boolean in its shortest form.
  [[nodiscard]] std::string scalar(const dom::object& object, const std::string& key) const {
    const dom::element value = at(object, key);
    if (value.is_string()) return std::string(std::string_view(value));
    if (!value.is_number() && !value.is_bool()) {
      fail(key, "found null, an array or an object, expected a string, number or boolean");
    }
    return simdjson::minify(value);
  }

  [[nodiscard]] std::string instructions(const dom::object& object) const {
    const dom::array ids = list(object, kIds);
    for (const dom::element id : ids) {
      if (!id.is_string()) fail(kIds, "found something else, expected strings");
    }
    const dom::array kwargs = list(object, kKwargs);
    for (const dom::element arguments : kwargs) {
      if (!arguments.is_object()) fail(kKwargs, "found something else, expected objects");
    }
    if (ids.size() != kwargs.size()) {
      fail(kKwargs,
           fmt::format("found {}, expected {}, one per instruction", kwargs.size(), ids.size()));
    }
    return fmt::format(R"({{"instruction_id_list":{},"kwargs":{}}})", simdjson::minify(ids),
                       simdjson::minify(kwargs));
  }

  [[nodiscard]] dom::array list(const dom::object& object, const std::string& key) const {
    const dom::element value = at(object, key);
    if (!value.is_array()) fail(key, "found something else, expected an array");
    return value.get_array();
  }

  inline static const std::string kIds = "instruction_id_list";
  inline static const std::string kKwargs = "kwargs";
  const std::string id_;
  const std::string input_;
  const std::string group_;
  const std::filesystem::path file_;
  LineReader reader_;
  dom::parser parser_;
};

}  // namespace

std::unique_ptr<DocSource> open_ifeval_docs(const DatasetSpec& spec,
                                            const std::filesystem::path& file) {
  return std::make_unique<IfevalDocs>(spec, file);
}

}  // namespace tally
