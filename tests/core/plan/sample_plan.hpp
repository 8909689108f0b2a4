#pragma once
#include "core/plan/plan.hpp"

/// Two models, two datasets (5 and 3 docs), two entries with every kind of axis. Laid out.
tally::Plan sample_plan();

/// A plan of one model, one dataset of `docs` docs and one entry. Laid out.
tally::Plan small_plan(std::uint64_t docs, std::uint32_t repeats);
