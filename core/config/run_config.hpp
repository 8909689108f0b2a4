#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The spec structs of run.yaml: plain fields, defaults, units. load_run_config() returns only a
// valid one, so nobody below re-checks. Each struct is described once in spec_describe.hpp; that
// description drives parsing, validation, `tally schema` and docs/config.md.

namespace tally {

/// A scalar of `params`. Integers stay integers: 1 and 1.0 are different tasks.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

/// A sweep axis: one or more values, in the order written. Written as a scalar or as a list.
template <class T>
struct Axis {
  std::vector<T> values;
};

struct RunSpec {
  std::string id;  ///< [A-Za-z0-9][A-Za-z0-9._-]{0,63}; names the run directory.
  std::string mode = "eval";
  std::uint64_t seed = 0;  ///< The only source of randomness.
};

enum class ModelBackend { torchscript, replay };
enum class Duplicates { error, first, last };
enum class SampleIndex { field, occurrence };

struct ModelSpec {
  std::string name;
  ModelBackend backend = ModelBackend::replay;
  std::filesystem::path weights;                  ///< torchscript: the scripted module.
  std::string device = "auto";                    ///< torchscript: auto | cpu | cuda:<i>.
  std::uint32_t batch = 64;                       ///< torchscript: rows per forward call, 1..65536.
  std::filesystem::path completions;              ///< replay: JSONL or JSONL.gz.
  Duplicates duplicates = Duplicates::error;      ///< replay: a (doc, repeat) that stands twice.
  SampleIndex sample_index = SampleIndex::field;  ///< replay: where a line's repeat comes from.
  std::string sha256;               ///< Optional: expected digest of weights/completions.
  std::optional<double> price_in;   ///< USD per 10^6 tokens of prompts; absent: unknown.
  std::optional<double> price_out;  ///< USD per 10^6 generated tokens; absent: unknown.
  int line = 0;                     ///< Where it stands in run.yaml.
};

enum class DatasetFormat {
  csv,
  jsonl,
  gsm8k,
  humaneval,
  mbpp,
  lcb,
  apps,
  codecontests,
  ifeval,
  mmlu
};

struct DatasetSpec {
  std::string slug;
  std::string split = "test";
  std::filesystem::path source;
  DatasetFormat format = DatasetFormat::jsonl;
  std::string revision;
  std::string sha256;    ///< Optional; checked at plan and at start.
  bool header = false;   ///< csv: the first row names the columns.
  std::string id;        ///< Column (0-based number or name) or JSON key; empty: the row number.
  std::string input;     ///< Column, column range "0-63", or JSON key. Default by format.
  std::string target;    ///< Column or JSON key. Default by format.
  std::string group_by;  ///< Column or JSON key whose values make subsets; empty: none.
  std::string rows;      ///< Rows to keep, "1000-1796"; empty: all. 0-based, header not counted.
  int line = 0;
};

enum class Evaluator {
#define TALLY_EVALUATOR(name, kind, columns) name,
#include "core/config/evaluators.def"
#undef TALLY_EVALUATOR
};

enum class SandboxMode { bubblewrap, none };

/// What one program under test may use. 0: the evaluator's own limit.
struct LimitsSpec {
  std::chrono::milliseconds wall{0};   ///< From start to end, per test.
  std::chrono::milliseconds cpu{0};    ///< Processor time of the whole process tree, per test.
  std::uint64_t memory = 512U << 20U;  ///< Resident bytes of the tree.
  std::uint32_t processes = 32;        ///< Processes and threads at once, 1..4096.
  std::uint64_t output = 8U << 20U;    ///< Bytes of stdout, and of stderr.
  std::uint64_t scratch = 64U << 20U;  ///< Bytes of its private /tmp.
};

/// Whether the file of an mmlu dataset is a table: its name ends in .csv or .csv.gz.
[[nodiscard]] bool is_mmlu_csv(const DatasetSpec& spec);

/// Every list is a sweep axis. Order of axes, slowest first: repeats, temperature, top_p,
/// max_tokens, then params in the order written.
struct SamplingSpec {
  Axis<std::uint32_t> repeats{{1}};     ///< Independent draws per doc, 1..100000.
  Axis<double> temperature{{0.0}};      ///< >= 0; 0 is greedy.
  Axis<double> top_p{{1.0}};            ///< (0, 1].
  Axis<std::uint32_t> max_tokens{{0}};  ///< 0: the generator's own limit.
};

struct ParamAxis {
  std::string name;
  Axis<Scalar> axis;
};

struct TaskSpec {
  std::string name;  ///< Default: the evaluator's name.
  Evaluator evaluator = Evaluator::classify;
  std::vector<std::string> models;    ///< Names; every one is defined above.
  std::vector<std::string> datasets;  ///< Slugs; every one is defined above.
  bool cot = false;
  std::string extractor;        ///< Name in docs/metrics.md; which fit: extractor_words().
  std::string comparator;       ///< Name in docs/metrics.md; which fit: comparator_words().
  double abs_tolerance = 1e-6;  ///< code: of comparator tokens_tol.
  double rel_tolerance = 1e-6;  ///< code: of comparator tokens_tol.
  SandboxMode sandbox = SandboxMode::bubblewrap;  ///< code: what programs under test run in.
  std::string interpreter = "python3";            ///< code: a path, or a name looked up in PATH.
  std::uint32_t test_workers = 1;                 ///< code: tests of a doc at once, 1..256.
  LimitsSpec limits;                              ///< code, external.
  std::vector<std::string> command;               ///< external: the scorer's argv.
  std::vector<std::string> command_sha256;  ///< Filled by the plan: of each word's file, or empty.
  std::vector<std::string> columns;         ///< external: metric columns it gives.
  std::filesystem::path language_profiles;  ///< instruction_following: a folder.
  std::string language_profiles_sha256;     ///< Filled by the plan: of the folder's files.
  SamplingSpec sampling;
  std::vector<ParamAxis> params;
  int line = 0;
};

struct ResourcesSpec {
  std::uint32_t ranks = 2;          ///< MPI processes per element, 1..100000.
  std::uint32_t cpus_per_rank = 1;  ///< 1..4096.
  std::uint32_t gpus_per_rank = 0;  ///< 0..64.
  std::uint64_t memory = 0;         ///< Bytes of one rank; 0: the site's default.
  std::chrono::seconds time{0};     ///< Limit of one start of an element; 0: the site's default.
  std::uint32_t elements = 0;       ///< 0 is "auto".
  std::uint32_t max_running = 0;    ///< Elements at once; 0 means no limit.
};

/// How elements become tasks of a Slurm job array. Empty and 0: not passed to sbatch.
struct SlurmSpec {
  std::string partition;
  std::string account;
  std::string qos;
  std::string constraint;
  std::string reservation;
  std::uint32_t nodes = 0;                  ///< Of one element.
  std::chrono::milliseconds stop{120'000};  ///< Before the time limit: ranks commit and stop.
  bool requeue = true;
  std::string mpi = "auto";         ///< auto | pmix | pmi2 | mpirun.
  std::filesystem::path setup;      ///< Sourced by the job: modules, environment.
  std::filesystem::path container;  ///< Sourced by the job: sets the array `container`.
  std::filesystem::path script;     ///< Instead of our array.sbatch.
  std::filesystem::path aggregate;  ///< Instead of our aggregate.sbatch.
  std::uint32_t max_array = 0;      ///< Tasks of one array; 0: ask the site.
  std::uint32_t max_submit = 0;     ///< Jobs of a user; 0: ask the site.
  std::vector<std::string> extra;   ///< More options of sbatch, "--name=value".
  std::vector<std::string> srun;    ///< More options of srun.
};

struct RetrySpec {
  std::uint32_t attempts = 3;  ///< Tries of one item, 1..100.
  bool on_infra_error = true;
  bool on_generation_error = true;
  /// A rank that holds items and finishes none for so long is hung; 1s..48h.
  std::chrono::milliseconds hang{1'800'000};
};

struct CommitSpec {
  std::chrono::milliseconds interval{10'000};  ///< 10ms..1h.
  std::uint64_t records = 500'000;             ///< Commit when this many wait.
};

enum class IntervalKind { automatic, t, wilson, bootstrap };
enum class ShortDocs { drop_k, skip_doc, error };
enum class ClusterBy { doc, group };

/// How figures get their errors.
struct StatisticsSpec {
  IntervalKind interval = IntervalKind::automatic;
  std::uint32_t replicates = 1000;           ///< bootstrap: resamples, 100..1000000.
  ShortDocs short_docs = ShortDocs::drop_k;  ///< What a doc with fewer draws than K does.
  ClusterBy cluster = ClusterBy::doc;        ///< What is drawn independently.
};

/// One run.yaml. Relative paths were resolved against the folder of the file.
struct RunConfig {
  std::uint32_t version = 1;
  RunSpec run;
  std::vector<ModelSpec> models;
  std::vector<DatasetSpec> datasets;
  std::vector<TaskSpec> tasks;
  std::vector<std::string> metrics{"accuracy"};
  StatisticsSpec statistics;
  ResourcesSpec resources;
  RetrySpec retry;
  CommitSpec commit;
  SlurmSpec slurm;
  std::filesystem::path file;  ///< Where it was read, as given: for messages.
};

/// One `-O a.b.c=value` from the command line. `value` is YAML flow text; "1,2,3" is a list.
struct Override {
  std::string key;
  std::string value;
};

/// "sampling.temperature=0.5" -> Override. Throws Error(usage) without '=' or with an empty key.
[[nodiscard]] Override parse_override(const std::string& text);

/// Reads, overrides and validates. Keys of an override address `tasks.0.sampling.temperature` or,
/// where it is unambiguous, `sampling.temperature` for all tasks.
/// Throws Error(missing) when the file is not there, Error(config) with path, line and key: every
/// fault found is in one message, a line each. Bounds: 1 MiB, depth 32, 200,000 nodes.
[[nodiscard]] RunConfig load_run_config(const std::filesystem::path& file,
                                        const std::vector<Override>& overrides = {});

/// As above from text; `file` is only named in errors and anchors relative paths.
[[nodiscard]] RunConfig parse_run_config(const std::string& text, const std::filesystem::path& file,
                                         const std::vector<Override>& overrides = {});

/// The JSON Schema (2020-12) of run.yaml, two-space indented, for editors.
[[nodiscard]] std::string run_config_schema();

/// The reference page docs/config.md (Markdown), generated from the same description.
[[nodiscard]] std::string run_config_reference();

}  // namespace tally
