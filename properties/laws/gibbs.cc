// gibbs: KL(P||Q) = H(P, Q) - H(P); KL(P||P) = 0; H(P, Q) >= H(P) for exactly normalised P and Q.
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"

namespace xent::properties::laws {
namespace {

Problem entropy_of(const Problem& kl) {
  Problem p;
  p.loss = "entropy";
  p.rows = kl.rows;
  p.classes = kl.classes;
  p.input_space = XENT_PROBABILITIES;
  p.input = kl.target_probs;
  p.input_format = kl.target_format;
  p.loss_format = kl.loss_format;
  p.conventions = kl.conventions;
  return p;
}

Problem cross_entropy_of(const Problem& kl) {
  Problem p = kl;
  p.loss = "cross_entropy";
  return p;
}

// The problem with Q replaced by P.
Problem against_itself(const Problem& kl) {
  Problem p = kl;
  p.input = kl.target_probs;
  p.input_format = kl.target_format;
  return p;
}

// KL(P||P) = 0, where Q may be of the format of P.
Outcome divergence_of_itself(const Subject& subject, const Problem& kl) {
  const Problem itself = against_itself(kl);
  if (auto outcome = inadmissible(subject, {itself, {}, Regime::probabilities})) return *outcome;
  const Answered answered = ask(subject, itself);
  if (answered.failure) return *answered.failure;
  const std::vector<double> nothing(answered.loss.size(), 0.0);
  return all_agree(answered.loss, nothing, bounds_of(subject, itself), measured_in(subject, itself),
                   "KL(P||P)");
}

// The three answers about one row of P and Q, and their bounds.
struct OfRow {
  double divergence;
  double cross;
  double entropy;
  std::array<double, 3> bounds;
};

// Whether only one of KL and H(P, Q) is infinite, and the other is not so large that this may be.
std::optional<Outcome> one_infinite(const OfRow& row, double allowance, const Format& format) {
  const bool infinite = row.cross == HUGE_VAL;
  if (infinite == (row.divergence == HUGE_VAL)) return std::nullopt;
  const double other = infinite ? row.divergence + row.entropy : row.cross - row.entropy;
  if (may_overflow(other, HUGE_VAL, allowance + 0x1p-52 * std::abs(other), format))
    return Outcome::inadmissible("a value overflows");
  return Outcome::fail("KL is " + shown(row.divergence) + " but H(P, Q) is " + shown(row.cross));
}

Outcome finite_row(const OfRow& row, double allowance, bool is_normalised) {
  const Enclosure residual = Enclosure(row.divergence) - (Enclosure(row.cross) - Enclosure(row.entropy));
  Outcome outcome = within(residual, allowance, "KL against H(P, Q) - H(P)");
  if (outcome.kind != Outcome::Kind::pass || !is_normalised) return outcome;
  if (row.cross >= row.entropy - sum_of(std::array{row.bounds[1], row.bounds[2]})) return Outcome::pass();
  return Outcome::fail("H(P, Q) = " + shown(row.cross) + " is below H(P) = " + shown(row.entropy));
}

}  // namespace

bool applies_gibbs(const xent_claim& claim, const xent_implementation& implementation) {
  if (!is_loss(claim, "kl") || !has_distribution_rows(claim, implementation)) return false;
  const std::span<const xent_claim> claims(implementation.claims, implementation.claim_count);
  const auto has_rows = [](const xent_claim& other, const char* loss) {
    return is_loss(other, loss) && contains(other.input_spaces, XENT_PROBABILITIES) &&
           contains(other.reductions, XENT_NONE);
  };
  // The three are asked of the same floats, and for floats of one format.
  for (const xent_claim& cross : claims) {
    for (const xent_claim& entropy : claims) {
      if (!has_rows(cross, "cross_entropy") || !has_rows(entropy, "entropy")) continue;
      const std::uint32_t of_q = claim.input_formats & cross.input_formats;
      const std::uint32_t of_p = claim.target_formats & cross.target_formats & entropy.input_formats;
      const std::uint32_t of_losses = claim.loss_formats & cross.loss_formats & entropy.loss_formats;
      if (of_q != 0 && of_p != 0 && of_losses != 0) return true;
    }
  }
  return false;
}

Trial generate_gibbs(Random& random, const xent_claim& claim, int, int) {
  const Regime regime = random.chance(0.7) ? Regime::probabilities : Regime::sparse;
  return distribution_trial(random, claim, regime, random.between(1, 3), 200);
}

Outcome judge_gibbs(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& kl = trial.problem;
  if (kl.loss != "kl" || !asks_for_distributions(kl))
    return Outcome::inadmissible("not plain rows of P and Q");
  const Problem parts[] = {kl, cross_entropy_of(kl), entropy_of(kl)};
  std::vector<Answered> answers;
  std::vector<std::vector<double>> bounds;
  for (const Problem& part : parts) {
    if (auto outcome = inadmissible(subject, {part, {}, trial.regime})) return *outcome;
    answers.push_back(ask(subject, part));
    if (answers.back().failure) return *answers.back().failure;
    bounds.push_back(bounds_of(subject, part));
  }
  Findings findings;
  findings.add(divergence_of_itself(subject, kl));
  const Format format = measured_in(subject, kl);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t i = 0; i < bounds[0].size() && !findings.has_failed(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const OfRow row = {answers[0].loss[i],
                       answers[1].loss[i],
                       answers[2].loss[i],
                       {bounds[0][i], bounds[1][i], bounds[2][i]}};
    const double allowance = sum_of(row.bounds);
    if (!std::isfinite(allowance)) continue;
    if (const auto outcome = one_infinite(row, allowance, format)) {
      findings.add(*outcome);
      continue;
    }
    if (row.cross == HUGE_VAL) {
      findings.add(Outcome::pass());
      continue;
    }
    std::optional<Outcome> unusable;
    for (std::size_t part = 0; part < 3 && !unusable; ++part)
      unusable = not_finite(subject, parts[part], i, answers[part].loss[i]);
    const bool normalised = is_normalised(kl.input_row(index)) && is_normalised(kl.target_row(index));
    findings.add(unusable ? *unusable : finite_row(row, allowance, normalised));
  }
  return findings.outcome("no rows");
}

}  // namespace xent::properties::laws
