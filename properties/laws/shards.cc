// shards: a row that is cut into shards of its classes has the loss ln sum e^(l_s + x_s - x_t), l_s the loss
// of shard s with its own target s, t the target of the row. What vocabularies that are spread over devices
// are merged by; every shard that the target may lie on is among those tried.
#include <algorithm>
#include <array>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// Classes begin to end - 1 of the row, and the first of its largest logits for a target.
Problem shard_of(const Problem& p, std::int64_t begin, std::int64_t end) {
  Problem shard = p;
  shard.classes = end - begin;
  shard.input.assign(p.input.begin() + begin, p.input.begin() + end);
  std::int64_t target = 0;
  for (std::int64_t c = 1; c < shard.classes; ++c) {
    const auto at = [&](std::int64_t i) { return shard.input[static_cast<std::size_t>(i)]; };
    if (at(target) < at(c)) target = c;
  }
  shard.targets = {target};
  return shard;
}

const Number& target_logit(const Problem& p) {
  return p.input[static_cast<std::size_t>(p.targets[0])];
}

// Where shards end, of one or more classes each.
std::vector<std::int64_t> ends_of(const Trial& trial) {
  std::vector<std::int64_t> ends;
  for (std::size_t i = 0; i < trial.parameters.size(); ++i) {
    const std::int64_t end = trial.integer(i);
    if (end > (ends.empty() ? 0 : ends.back()) && end < trial.problem.classes) ends.push_back(end);
  }
  ends.push_back(trial.problem.classes);
  return ends;
}

}  // namespace

Trial generate_shards(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 300);
  Problem& p = trial.problem;
  p = rows_of(p, 0, 1);
  std::vector<std::int64_t> ends;
  for (std::int64_t i = random.between(1, 5); i > 0; --i) ends.push_back(random.below(p.classes + 1));
  std::sort(ends.begin(), ends.end());
  for (const std::int64_t end : ends) trial.parameters.emplace_back(static_cast<double>(end));
  return trial;
}

Outcome judge_shards(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!is_plain_row(p)) return Outcome::inadmissible("not one plain row");
  const Answered whole = ask(subject, p);
  if (whole.failure) return *whole.failure;
  if (const auto outcome = not_finite(subject, p, 0, whole.loss[0])) return *outcome;
  const reference::PrecisionScope scope(kJudgePrecision);
  Enclosure sum(0L);
  double worst = 0;
  std::int64_t begin = 0;
  for (const std::int64_t end : ends_of(trial)) {
    const Problem shard = shard_of(p, begin, end);
    begin = end;
    if (!target_logit(shard).is_finite()) continue;  // masked: it adds nothing
    const Answered part = ask(subject, shard);
    if (part.failure) return *part.failure;
    if (const auto outcome = not_finite(subject, shard, 0, part.loss[0])) return *outcome;
    sum += exp(Enclosure(part.loss[0]) + Enclosure(target_logit(shard)) - Enclosure(target_logit(p)));
    worst = std::max(worst, bounds_of(subject, shard)[0]);
  }
  // ln sum e^a moves by no more than the a that moves most.
  return within(Enclosure(whole.loss[0]) - log(sum), sum_of(std::array{worst, bounds_of(subject, p)[0]}),
                "the loss of the row against that of its shards");
}

}  // namespace xent::properties::laws
