// The reference against FLINT/Arb on random problems: where a mistake in either would show.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "golden/arb_oracle.h"
#include "golden/names.h"
#include "golden/random_cases.h"
#include "reference/losses.h"

namespace xent::golden {

using reference::Number;
using reference::Problem;
using reference::Wanted;

namespace {

constexpr std::uint64_t kSeed = 20240607;
constexpr int kProblems = 480;  // in each regime

bool has_all_roundings(const Answer& a) {
  return a.rounded.size() == reference::formats().size();
}

// What a problem is made of, so that the test can tell that it has seen everything.
std::vector<std::string> parts_of(const Problem& p) {
  const xent_conventions& c = p.conventions;
  std::vector<std::string> parts = {p.loss,
                                    std::string("wanted ") + name_of(kWanted, static_cast<int>(p.wanted)),
                                    std::string("space ") + name_of(kSpaces, p.input_space)};
  const auto count = [&](bool used, const std::string& part) {
    if (used) parts.push_back(part);
  };
  const auto name = [&](const char* key, std::span<const Named> table, std::int32_t value) {
    count(value != 0, std::string(key) + " " + (value == 0 ? "" : name_of(table, value)));
  };
  const std::string wanted = name_of(kWanted, static_cast<int>(p.wanted));
  const bool log_targets = p.target_space == XENT_LOG_PROBABILITIES;
  count(log_targets, p.loss + " " + wanted + " of log targets");
  count(log_targets && p.input_space == XENT_LOG_PROBABILITIES,
        p.loss + " " + wanted + " of logs on both sides");
  count(log_targets && !p.class_weights.empty(), "class_weights of log targets");
  count(log_targets && p.label_smoothing.sign() != 0, "label_smoothing of log targets");
  count(log_targets && p.softcap.sign() != 0, "softcap with log targets");
  count(log_targets && c.clip != 0, wanted + " with clip beside log targets");
  count(log_targets && c.normalise != 0, wanted + " with normalise beside log targets");
  count(log_targets && p.reduction == XENT_MEAN && c.denominator == XENT_VALID_WEIGHTS,
        p.loss + " " + wanted + " by weights of log targets");
  count(p.input_space == XENT_LOG_PROBABILITIES, p.loss + " " + wanted + " of logs");
  count(c.clip != 0, p.loss + " " + wanted + " with clip");
  count(c.normalise != 0, p.loss + " " + wanted + " with normalise");
  count(p.wanted != Wanted::loss, p.loss + " " + wanted);
  count(p.ignore_index.has_value(), "ignore_index");
  count(!p.class_weights.empty(), "class_weights");
  count(!p.sample_weights.empty(), "sample_weights");
  count(!p.upstream.empty(), "upstream");
  count(p.label_smoothing.sign() != 0, "label_smoothing");
  count(p.label_smoothing.sign() != 0 && !p.target_probs.empty(), "label_smoothing of soft labels");
  count(p.temperature.sign() != 0, "temperature");
  count(p.scale.sign() != 0, "scale");
  count(p.softcap.sign() != 0, "softcap");
  count(p.z_loss.sign() != 0, "z_loss");
  count(p.base.sign() != 0, "base");
  count(c.clip != 0, "clip");
  for (const Named& rule : kClipRules)
    count(c.clip != 0 && (c.clip_rules & XENT_BIT(rule.value)) != 0, std::string("clip ") + rule.name);
  for (const Named& what : kNormalise)
    count((c.normalise & XENT_BIT(what.value)) != 0, std::string("normalise ") + what.name);
  count(c.z_loss_over_valid_rows != 0, "z_loss_over_valid_rows");
  count(c.gradient_of_unit_mass != 0, "gradient_of_unit_mass");
  name("format", kFormats, p.input_format);
  name("reduction", kReductions, p.reduction);
  name("denominator", kDenominators, c.denominator);
  name("smoothing_mass", kMasses, c.smoothing_mass);
  name("smoothing_weights", kSmoothingWeights, c.smoothing_weights);
  name("all_ignored", kPolicies, c.all_ignored);
  name("all_masked", kPolicies, c.all_masked);
  name("target_out_of_range", kPolicies, c.target_out_of_range);
  name("zero_weight_times_infinity", kPolicies, c.zero_weight_times_infinity);
  name("masked_labels", kPolicies, c.masked_labels);
  count(c.masked_labels == XENT_POLICY_ZERO && p.softcap.sign() == 0,
        std::string("masked_labels zero of ") + (p.targets.empty() ? "soft" : "hard") + " labels, " + wanted);
  return parts;
}

// What a run over all regimes must have seen.
std::vector<std::string> all_parts() {
  std::vector<std::string> parts = {"ignore_index",
                                    "class_weights",
                                    "sample_weights",
                                    "upstream",
                                    "label_smoothing",
                                    "label_smoothing of soft labels",
                                    "temperature",
                                    "scale",
                                    "softcap",
                                    "z_loss",
                                    "base",
                                    "clip",
                                    "z_loss_over_valid_rows",
                                    "gradient_of_unit_mass",
                                    "all_ignored zero",
                                    "target_out_of_range nan",
                                    "target_out_of_range lse",
                                    "target_out_of_range log_sum",
                                    "target_out_of_range from_end",
                                    "target_out_of_range zero",
                                    "all_masked zero",
                                    "all_masked infinity",
                                    "zero_weight_times_infinity nan",
                                    "class_weights of log targets",
                                    "label_smoothing of log targets",
                                    "softcap with log targets",
                                    "masked_labels infinity",
                                    "masked_labels zero of hard labels, loss",
                                    "masked_labels zero of hard labels, gradient",
                                    "masked_labels zero of soft labels, loss",
                                    "masked_labels zero of soft labels, gradient",
                                    "masked_labels zero of soft labels, target_gradient"};
  const auto add = [&](const std::string& key, std::span<const Named> table, std::size_t first) {
    for (const Named& row : table.subspan(first)) parts.push_back(key + " " + row.name);
  };
  for (const Named& wanted : kWanted) {
    for (const char* prepared : {"clip", "normalise"})
      parts.push_back(std::string(wanted.name) + " with " + prepared + " beside log targets");
  }
  add("wanted", kWanted, 0);
  add("space", kSpaces, 0);
  add("reduction", kReductions, 1);
  add("denominator", kDenominators, 1);
  add("smoothing_mass", kMasses, 1);
  add("smoothing_weights", kSmoothingWeights, 1);
  add("clip", kClipRules, 0);
  add("normalise", kNormalise, 0);
  for (const reference::Format& format : reference::formats())
    parts.push_back(std::string("format ") + format.name);
  for (const reference::Loss& loss : reference::losses()) {
    const std::string name = loss.name;
    const auto add_wanted = [&](Wanted wanted, bool has_preparation) {
      const std::string part = name + " " + name_of(kWanted, static_cast<int>(wanted));
      if (wanted != Wanted::loss) parts.push_back(part);
      if (loss.needs_target_probs)
        parts.insert(parts.end(), {part + " of log targets", part + " by weights of log targets"});
      if ((loss.input_spaces & XENT_BIT(XENT_LOG_PROBABILITIES)) != 0) {
        parts.push_back(part + " of logs");
        if (loss.needs_target_probs) parts.push_back(part + " of logs on both sides");
      }
      if (has_preparation) parts.insert(parts.end(), {part + " with clip", part + " with normalise"});
    };
    const bool has_preparation = (loss.input_spaces & XENT_BIT(XENT_PROBABILITIES)) != 0;
    parts.push_back(name);
    add_wanted(Wanted::loss, has_preparation);
    if (loss.gradient != nullptr) add_wanted(Wanted::gradient, has_preparation);
    if (loss.target_gradient != nullptr) add_wanted(Wanted::target_gradient, has_preparation);
  }
  return parts;
}

// No theorem tells these values from rationals, or sums of them from 0.
bool may_be_undecided(const Problem& p) {
  const auto negative = [](const std::vector<Number>& weights) {
    return std::any_of(weights.begin(), weights.end(), [](const Number& w) { return w.sign() < 0; });
  };
  const bool has_logs =
      p.input_space == XENT_LOG_PROBABILITIES && (p.loss == "entropy" || p.loss == "generalised_kl");
  const bool has_powers = has_logs || p.target_space == XENT_LOG_PROBABILITIES ||
                          (p.loss == "perplexity" && p.wanted != Wanted::loss);
  return has_powers || p.softcap.sign() != 0 || p.z_loss.sign() != 0 || negative(p.class_weights) ||
         negative(p.sample_weights) || (p.base.sign() != 0 && p.wanted != Wanted::loss);
}

// The environment may ask for another seed, more problems, and a single regime: XENT_SEED, XENT_CASES,
// XENT_REGIME. Those of bit patterns take the longest: under a softcap many are refined to the cap.
std::uint64_t setting(const char* name, std::uint64_t standard) {
  const char* text = std::getenv(name);
  return text == nullptr ? standard : std::strtoull(text, nullptr, 10);
}

// Every rounding of every answer, in all directions.
std::vector<arb::Claim> roundings(const reference::Problem& problem) {
  std::vector<arb::Claim> claims;
  auto values = reference::certify(problem);
  for (std::size_t i = 0; values && i < values->size(); ++i) {
    for (const reference::Format& format : reference::formats()) {
      for (const reference::Rounding direction : reference::kRoundings) {
        const auto value = (*values)[i].rounded(format, direction);
        if (!value && may_be_undecided(problem)) continue;
        claims.push_back(
            {i, format.name, reference::name(direction), value ? reference::hexfloat(*value) : "undecided"});
      }
    }
  }
  return claims;
}

using Seen = std::map<std::string, int>;

void cross_examine(Regime regime, Seen& seen) {
  const std::uint64_t seed = setting("XENT_SEED", kSeed) + static_cast<std::uint64_t>(regime);
  const auto problems = setting("XENT_CASES", kProblems);
  RandomCases random(regime, seed);
  arb::Report report;
  std::size_t undecided = 0;
  std::size_t exact = 0;
  for (std::uint64_t i = 0; i < problems; ++i) {
    Case c = random.next();
    for (const std::string& part : parts_of(c.problem)) ++seen[part];
    auto answers = answer(c.problem, static_cast<int>(1 + i % 40));
    ASSERT_TRUE(answers) << answers.error().message << "\n" << write(c);
    c.answers = std::move(*answers);
    const std::string line = write(c);
    const auto copy = read(line);
    ASSERT_TRUE(copy) << copy.error().message << "\n" << line;
    ASSERT_EQ(write(*copy), line);
    for (const Answer& a : c.answers) {
      undecided += a.status == "undecided" ? 1 : 0;
      exact += a.status == "exact" ? 1 : 0;
      // Elsewhere only decimal digits beyond MPFR's exponents may be missing.
      EXPECT_TRUE(has_all_roundings(a) || may_be_undecided(c.problem)) << line;
    }
    const std::size_t before = report.findings.size();
    arb::check_line(line, report, roundings(c.problem));
    for (std::size_t k = before; k < report.findings.size(); ++k) {
      // Under a cap a value may be rational by chance (all logits 0), and so may the derivatives of a
      // perplexity of several steps (two of the same logits), which no theorem of the reference sees.
      const bool may_be_rational = c.problem.softcap.sign() != 0 || c.problem.loss == "perplexity";
      if (may_be_rational && report.findings[k].ends_with(": rational")) continue;
      ADD_FAILURE() << report.findings[k] << "\n" << line;
    }
    if (::testing::Test::HasFailure() && i > problems / 10) break;
  }
  std::printf("seed %llu: %zu problems, %zu answers (%zu exact, %zu undecided), %zu comparisons\n",
              static_cast<unsigned long long>(seed), report.cases, report.answers, exact, undecided,
              report.comparisons);
}

TEST(ArbCross, ConfirmsAllThatTheReferenceCertifies) {
  Seen seen;
  constexpr std::uint64_t kAll = 4;
  const std::uint64_t only = setting("XENT_REGIME", kAll);
  for (const Regime regime : {Regime::patterns, Regime::typed, Regime::gaps, Regime::exact}) {
    if (only != kAll && static_cast<std::uint64_t>(regime) != only) continue;
    SCOPED_TRACE(static_cast<int>(regime));
    cross_examine(regime, seen);
  }
  if (only != kAll) return;
  for (const std::string& part : all_parts()) EXPECT_GT(seen[part], 0) << part;
}

}  // namespace
}  // namespace xent::golden
