// shards: a row that is cut into shards of its classes has the loss ln sum e^(l_s + x_s - x_t), l_s the loss
// of shard s with its own target s, t the target of the row. What vocabularies that are spread over devices
// are merged by; every shard that the target may lie on is among those tried. And the derivatives of the row
// are what those of its shards say, whose probabilities count by the shard's share of the sum.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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

// The losses of a row or shard, or those beside its gradient, with its target.
struct Cut {
  Problem question;
  std::int64_t begin = 0;
  Answered answered = {};
  std::vector<double> bounds = {};  // of what is wanted
  double loss_bound = 0;
  Enclosure lse = {};  // l + x_t

  Cut(Problem of, std::int64_t from) : question(std::move(of)), begin(from) {}

  std::optional<Outcome> ask_for(const Subject& subject) {
    if (auto outcome = inadmissible(subject, {question, {}, Regime::ordinary})) return outcome;
    answered = ask(subject, question);
    if (answered.failure) return answered.failure;
    bounds = bounds_of(subject, question);
    loss_bound = (asks_for_gradient(question) ? bounds_beside(subject, question) : bounds)[0];
    if (!std::isfinite(loss_bound)) return Outcome::inadmissible("a loss without a bound");
    if (!asks_for_gradient(question)) {
      if (auto outcome = not_finite(subject, question, 0, answered.loss[0])) return outcome;
    }
    // Whether an infinite loss is right, the laws of losses say.
    if (!std::isfinite(answered.loss[0])) return Outcome::inadmissible("a loss is not finite");
    lse = Enclosure(answered.loss[0]) + Enclosure(target_logit(question));
    return std::nullopt;
  }

  // p_c, by the derivative.
  Enclosure probability(std::int64_t c) const {
    return Enclosure(answered.grad[static_cast<std::size_t>(c)]) +
           Enclosure(question.targets[0] == c ? 1L : 0L);
  }
};

// ln sum e^a moves by no more than the a that moves most.
Outcome losses_agree(const Cut& whole, const Enclosure& merged, double worst) {
  if (!std::isfinite(worst + whole.loss_bound)) return Outcome::inadmissible("a loss without a bound");
  return within(whole.lse - merged, sum_of(std::array{worst, whole.loss_bound}),
                "the loss of the row against that of its shards");
}

// p_c of the row is that of its shard times the shard's share of the sum, which is off by e^(2 worst) - 1 of
// itself, the logarithm of either sum being off by the worst.
Outcome gradients_agree(const Subject& subject, const Cut& whole, const Cut& shard, const Enclosure& merged,
                        double worst) {
  const Enclosure share = exp(shard.lse - merged);
  const double factor = std::expm1(2 * worst);
  for (std::int64_t c = 0; c < shard.question.classes; ++c) {
    const auto own = static_cast<std::size_t>(c);
    const auto at = static_cast<std::size_t>(shard.begin + c);
    const double allowances[] = {whole.bounds[at], shard.bounds[own]};
    if (!std::isfinite(allowances[0]) || !std::isfinite(allowances[1])) continue;
    if (auto outcome = not_finite(subject, whole.question, at, whole.answered.grad[at])) return *outcome;
    if (auto outcome = not_finite(subject, shard.question, own, shard.answered.grad[own])) return *outcome;
    const Enclosure p = shard.probability(c);
    const double of_share = share.upper_double();
    const double allowance =
        allowances[0] + of_share * (allowances[1] + (abs(p).upper_double() + allowances[1]) * factor);
    if (!std::isfinite(allowance)) continue;
    Outcome outcome = within(whole.probability(shard.begin + c) - p * share, allowance * (1 + 0x1p-20),
                             "p_" + std::to_string(at) + " of the derivatives against that of its shard");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

bool is_plain_question(const Problem& p) {
  Problem loss = p;
  loss.wanted = reference::Wanted::loss;
  return is_plain_row(loss);
}

}  // namespace

Trial generate_shards(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 300);
  Problem& p = trial.problem;
  p = rows_of(p, 0, 1);
  if (has_gradient(claim) && random.chance(0.5)) {
    want_gradient(random, claim, p);
    p.upstream.clear();
  }
  std::vector<std::int64_t> ends;
  for (std::int64_t i = random.between(1, 5); i > 0; --i) ends.push_back(random.below(p.classes + 1));
  std::sort(ends.begin(), ends.end());
  for (const std::int64_t end : ends) trial.parameters.emplace_back(static_cast<double>(end));
  return trial;
}

Outcome judge_shards(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!is_plain_question(p)) return Outcome::inadmissible("not one plain row");
  const reference::PrecisionScope scope(kJudgePrecision);
  Cut whole(p, 0);
  if (auto outcome = whole.ask_for(subject)) return *outcome;
  std::vector<Cut> shards;
  Enclosure sum(0L);
  double worst = 0;
  std::int64_t begin = 0;
  for (const std::int64_t end : ends_of(trial)) {
    Cut shard(shard_of(p, begin, end), begin);
    begin = end;
    if (!target_logit(shard.question).is_finite()) continue;  // masked: it adds nothing
    if (auto outcome = shard.ask_for(subject)) return *outcome;
    sum += exp(shard.lse - Enclosure(target_logit(p)));
    worst = std::max(worst, shard.loss_bound);
    shards.push_back(std::move(shard));
  }
  const Enclosure merged = log(sum) + Enclosure(target_logit(p));
  Outcome outcome = losses_agree(whole, merged, worst);
  for (const Cut& shard : shards) {
    if (outcome.kind != Outcome::Kind::pass || !asks_for_gradient(p)) return outcome;
    outcome = gradients_agree(subject, whole, shard, merged, worst);
  }
  return outcome;
}

}  // namespace xent::properties::laws
