// A run of the judge by several processes at once, each of which tries a part of the inputs.
#ifndef XENT_PROPERTIES_WORKERS_H
#define XENT_PROPERTIES_WORKERS_H

#include <functional>

#include "properties/judge.h"

namespace xent::properties {

// Tries the part that the options name, and tells their `progress` and asks their `interrupted`.
using GatherPart = std::function<Evidence(const CheckOptions& part)>;

// The evidence of all parts, one for each of options.jobs processes, which is that of one process but for
// what a search finds in its time. What the options' `progress` is told is the sum of all; it and
// `interrupted` are called in this process. Processes and not threads: an implementation that ends its
// process takes no other part along, and starting a child is safe.
// Domain: jobs from 1 to kMostShards, the shard is the whole. Throws std::runtime_error if a process ends
// without evidence, with what it threw or how it ended; std::system_error if there can be none.
Evidence gather_in_processes(const CheckOptions& options, const GatherPart& gather_part);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_WORKERS_H
