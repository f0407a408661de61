#include "bench/loss_options.h"

#include <algorithm>

#include "bench/workloads.h"

namespace xent::bench {
namespace {

using reference::Number;
using reference::Problem;

// A number that is a member of the same name of both problems.
template <auto set>
constexpr LossOption number(std::int32_t id, const char* words) {
  return {id,
          words,
          nullptr,
          [](const Workload&, xent_problem& p) { set(p); },
          [](Problem& p) {
            set(p);
            return true;
          },
          nullptr};
}

xent_format int64_targets(xent_format) {
  return XENT_INT64;
}

xent_format as_logits(xent_format logits) {
  return logits;
}

bool every_target_is_a_class(const Problem& p) {
  return !p.targets.empty() && std::all_of(p.targets.begin(), p.targets.end(),
                                           [&](std::int64_t t) { return t >= 0 && t < p.classes; });
}

// Hard labels become soft: half of each on the target, the other half on the class behind it, round the end.
bool soften(Problem& p) {
  p.target_format = p.input_format;
  if (!p.target_probs.empty()) return true;
  if (!every_target_is_a_class(p)) return false;
  p.target_probs.assign(p.input.size(), Number());
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const std::int64_t target = p.targets[static_cast<std::size_t>(row)];
    for (const std::int64_t c : {target, (target + 1) % p.classes}) {
      Number& label = p.target_probs[static_cast<std::size_t>(row * p.classes + c)];
      label = label.as_double() + 0.5;
    }
  }
  p.targets.clear();
  p.ignore_index.reset();
  return true;
}

bool weigh(Problem& p) {
  p.class_weights.clear();
  for (std::int64_t c = 0; c < p.classes; ++c) p.class_weights.emplace_back(class_weight(c));
  return true;
}

// The first row comes again, ignored, unless the case ignores rows itself.
bool ignore_a_row(Problem& p) {
  if (p.ignore_index) return true;
  if (!p.sample_weights.empty() || !p.upstream.empty()) return false;
  p.ignore_index = kIgnored;
  const std::vector<Number> first(p.input_row(0).begin(), p.input_row(0).end());
  p.input.insert(p.input.end(), first.begin(), first.end());
  p.targets.push_back(kIgnored);
  ++p.rows;
  return true;
}

}  // namespace

const LossOption kHardLabels = {
    XENT_OPTION_HARD_TARGETS,
    "int64 targets",
    int64_targets,
    [](const Workload& workload, xent_problem& p) { p.targets = workload.target_tensor(); },
    [](Problem& p) { return !p.targets.empty(); },
    nullptr};

const LossOption kSoftLabels = {
    XENT_OPTION_SOFT_TARGETS,
    "soft labels of the logits' format",
    as_logits,
    [](const Workload& workload, xent_problem& p) {
      p.target_probs = workload.soft_labels();
      p.target_space = XENT_PROBABILITIES;
    },
    soften,
    [](const Workload& workload, Traffic& traffic) { traffic.labels = workload.label_words(); }};

const LossOption kLabelSmoothing =
    number<[](auto& p) { p.label_smoothing = 0.1; }>(XENT_OPTION_LABEL_SMOOTHING, "label smoothing");
const LossOption kTemperature =
    number<[](auto& p) { p.temperature = 0.7; }>(XENT_OPTION_TEMPERATURE, "a temperature");
const LossOption kZLoss = number<[](auto& p) { p.z_loss = 1e-4; }>(XENT_OPTION_Z_LOSS, "z-loss");

const LossOption kClassWeights = {
    XENT_OPTION_CLASS_WEIGHTS,
    "class weights",
    nullptr,
    [](const Workload& workload, xent_problem& p) { p.class_weights = workload.class_weights(); },
    weigh,
    nullptr};

const LossOption kIgnoreIndex = {
    XENT_OPTION_IGNORE_INDEX,
    "an ignored index",
    nullptr,
    [](const Workload& workload, xent_problem& p) {
      p.has_ignore_index = 1;
      p.ignore_index = kIgnored;
      p.targets = workload.target_tensor_with_ignored();
    },
    ignore_a_row,
    [](const Workload& workload, Traffic& traffic) { traffic.logits = workload.words_of_valid_rows(); }};

}  // namespace xent::bench
