#pragma once
#include "core/config/choice_rule.hpp"
#include "core/config/rules.hpp"
#include "core/config/run_config.hpp"
#include "core/config/spec_field.hpp"

// The descriptions of models and datasets: see spec_describe.hpp.

namespace tally {

template <class V>
void describe(V& v, ModelSpec& s) {
  constexpr Condition kTorch{"backend", "torchscript"};
  constexpr Condition kReplay{"backend", "replay"};
  v.value({.key = "name", .text = "Name that tasks and results use", .required = true}, s.name,
          TextRule(Pattern::model_name));
  v.value({.key = "backend", .text = "What runs the model", .required = true}, s.backend,
          ChoiceRule<ModelBackend>(
              {{"torchscript", ModelBackend::torchscript}, {"replay", ModelBackend::replay}}));
  v.value({.key = "weights", .text = "The scripted module", .required = true, .when = kTorch},
          s.weights, PathRule());
  v.value(
      {.key = "device", .text = "Where it runs; auto takes a GPU if there is one", .when = kTorch},
      s.device, TextRule(Pattern::device));
  v.value({.key = "batch", .text = "Rows per forward call", .when = kTorch}, s.batch,
          IntegerRule(1, 65536));
  v.value({.key = "completions",
           .text = "Recorded completions, JSONL or JSONL.gz",
           .required = true,
           .when = kReplay},
          s.completions, PathRule());
  v.value({.key = "duplicates",
           .text = "What to do when a (doc, repeat) stands twice",
           .when = kReplay},
          s.duplicates,
          ChoiceRule<Duplicates>({{"error", Duplicates::error},
                                  {"first", Duplicates::first},
                                  {"last", Duplicates::last}}));
  v.value({.key = "sample_index",
           .text = "Where a line's repeat comes from: a field of it, or its place among the lines "
                   "of its doc",
           .when = kReplay},
          s.sample_index,
          ChoiceRule<SampleIndex>(
              {{"field", SampleIndex::field}, {"occurrence", SampleIndex::occurrence}}));
  v.value({.key = "sha256", .text = "Expected SHA-256 of weights or completions"}, s.sha256,
          TextRule(Pattern::sha256));
  v.value({.key = "price_in", .text = "USD per million tokens of prompts; else unknown"},
          s.price_in, NumberRule(0.0, 1e9));
  v.value({.key = "price_out", .text = "USD per million generated tokens; else unknown"},
          s.price_out, NumberRule(0.0, 1e9));
}

template <class V>
void describe(V& v, DatasetSpec& s) {
  constexpr Condition kCsv{"format", "csv"};
  v.value({.key = "slug", .text = "Name that tasks and results use", .required = true}, s.slug,
          TextRule(Pattern::name));
  v.value({.key = "split", .text = "Which part of the dataset this is"}, s.split,
          TextRule(Pattern::name));
  v.value({.key = "source", .text = "The file, plain or .gz", .required = true}, s.source,
          PathRule());
  v.value({.key = "format", .text = "How the file is read"}, s.format,
          ChoiceRule<DatasetFormat>({{"csv", DatasetFormat::csv},
                                     {"jsonl", DatasetFormat::jsonl},
                                     {"gsm8k", DatasetFormat::gsm8k},
                                     {"humaneval", DatasetFormat::humaneval},
                                     {"mbpp", DatasetFormat::mbpp},
                                     {"lcb", DatasetFormat::lcb},
                                     {"apps", DatasetFormat::apps},
                                     {"codecontests", DatasetFormat::codecontests},
                                     {"ifeval", DatasetFormat::ifeval},
                                     {"mmlu", DatasetFormat::mmlu}}));
  v.value({.key = "revision", .text = "Version of the data; part of a task's identity"}, s.revision,
          TextRule(Pattern::any));
  v.value({.key = "sha256", .text = "Expected SHA-256 of the file; checked at plan and at start"},
          s.sha256, TextRule(Pattern::sha256));
  v.value({.key = "header", .text = "The first row names the columns", .when = kCsv}, s.header,
          FlagRule());
  v.value(
      {.key = "id",
       .text = "Column (0-based number or name) or JSON key of the doc id; else the row number"},
      s.id, TextRule(Pattern::any));
  v.value({.key = "input",
           .text = "Column, column range \"0-63\" or JSON key of the input; default by format"},
          s.input, TextRule(Pattern::any));
  v.value({.key = "target", .text = "Column or JSON key of the expected answer; default by format"},
          s.target, TextRule(Pattern::any));
  v.value({.key = "group_by",
           .text = "Column or JSON key whose values are subsets with figures of their own"},
          s.group_by, TextRule(Pattern::any));
  v.value({.key = "rows", .text = "Rows to keep, 0-based, header not counted; else all"}, s.rows,
          TextRule(Pattern::rows));
}

}  // namespace tally
