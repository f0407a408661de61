// No law accuses a right answer, whatever the case: not only of inputs that its own generator makes, as those
// who replay a line they wrote by hand may ask anything. A law that judges what its derivation does not cover
// accuses such an answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <string>

#include "golden/case.h"
#include "properties/bounds.h"
#include "properties/declaration_line.h"
#include "properties/error.h"
#include "properties/generators.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/laws/premises.h"
#include "properties/replay.h"
#include "properties/right.h"

namespace xent::properties {
namespace {

#ifdef XENT_SANITIZED
constexpr int kDeclarationsDrawn = 6;
#else
constexpr int kDeclarationsDrawn = 120;
#endif
// For each law.
constexpr int kCasesOfEach = 4;

template <typename T>
T one_of(Random& random, std::initializer_list<T> values) {
  return random.pick(std::span<const T>(values.begin(), values.size()));
}

template <typename T>
T any_of(Random& random, const std::vector<T>& values) {
  return random.pick(std::span<const T>(values));
}

Number any_factor(Random& random, const Problem& p) {
  const Format& format = reference::format(factor_format(p));
  if (random.chance(0.1)) return Number(any_float(random, format));
  if (random.chance(0.5)) return Number(any_weight(random, format));
  return Number(one_of<double>(random, {0, 1, -1, 0.5, 2, -3, 1e-30, 1e30}));
}

void give_factors(Random& random, std::int64_t count, Problem& p, std::vector<Number>& factors) {
  factors.clear();
  for (std::int64_t i = 0; i < count; ++i) factors.push_back(any_factor(random, p));
}

Number any_parameter(Random& random) {
  return Number(one_of<double>(random, {0, 1, 2, 3, 5, -1, 0.5, 7, 1e9, 0x1p31, 1e300, NAN, HUGE_VAL}));
}

Number any_label(Random& random, const Problem& p) {
  const Format& format = reference::format(p.target_format);
  if (random.chance(0.3)) return Number(std::abs(any_float(random, format)));
  return Number(one_of<double>(random, {0, 0.5, 1, 2}));
}

Number any_entry(Random& random, const Problem& p) {
  const Format& format = reference::format(p.input_format);
  const double any = any_float(random, format);
  if (p.input_space == XENT_PROBABILITIES)
    return Number(random.chance(0.4) ? std::abs(any) : one_of<double>(random, {0, 0.25, 0.5, 1, 2}));
  if (random.chance(0.4)) return Number(any);
  return Number(one_of<double>(random, {0, -1, 1, 12, -HUGE_VAL, HUGE_VAL, NAN}));
}

void make_hard(Random& random, Problem& p) {
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  p.targets.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) p.targets.push_back(random.below(p.classes));
}

void make_soft(Random& random, const xent_claim& claim, Problem& p) {
  const auto formats = formats_in(claim.target_formats);
  if (formats.empty()) return;
  const Format& format = *any_of(random, formats);
  p.targets.clear();
  p.target_format = format.id;
  p.target_probs.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) {
    for (const double y : distribution(random, Regime::probabilities, format, p.classes))
      p.target_probs.emplace_back(y);
  }
}

void fit_upstream(Problem& p) {
  if (!p.upstream.empty())
    p.upstream.resize(p.reduction == XENT_NONE ? static_cast<std::size_t>(p.rows) : 1, Number(-2.0));
}

// An option that is not the claim's is of no use: the case is refused at once.
bool is_given(Random& random, const xent_claim& claim, std::int32_t option) {
  return contains(claim.options, option) || random.chance(0.02);
}

void set_option(Random& random, const xent_claim& claim, std::int32_t option, Problem& p) {
  if (!is_given(random, claim, option)) return;
  switch (option) {
    case XENT_OPTION_IGNORE_INDEX:
      p.ignore_index = p.targets.empty() || random.chance(0.3) ? any_ignore_index(random, p.classes)
                                                               : any_of(random, p.targets);
      break;
    case XENT_OPTION_CLASS_WEIGHTS:
      return give_factors(random, p.classes, p, p.class_weights);
    case XENT_OPTION_SAMPLE_WEIGHTS:
      return give_factors(random, p.rows, p, p.sample_weights);
    case XENT_OPTION_LABEL_SMOOTHING:
      p.label_smoothing = one_of<double>(random, {0.1, 0.5, 1, 0x1p-60});
      break;
    case XENT_OPTION_TEMPERATURE:
      p.temperature = one_of<double>(random, {0.5, 0.7, 3, 10, 1e-5, 1e5});
      break;
    case XENT_OPTION_SCALE:
      p.scale = one_of<double>(random, {0.125, 0.3, 2, 5, 1e-5, 1e5});
      break;
    case XENT_OPTION_SOFTCAP:
      if (p.classes <= 12) p.softcap = one_of<double>(random, {1, 15, 30.5, 50, 1e-3});
      break;
    case XENT_OPTION_Z_LOSS:
      p.z_loss = one_of<double>(random, {1e-4, 0x1p-10, 0.5, -0.25, 3});
      break;
    case XENT_OPTION_BASE:
      p.base = one_of<double>(random, {2, 10, 0.5, 0.1, 1 + 0x1p-40, 1e300});
      break;
    case XENT_OPTION_UPSTREAM:
      p.upstream.clear();
      return give_factors(random, p.reduction == XENT_NONE ? p.rows : 1, p, p.upstream);
    default:
      break;
  }
}

void set_format(Random& random, const xent_claim& claim, Problem& p) {
  const auto formats = formats_in(claim.input_formats);
  const Format& format = *any_of(random, formats);
  p.input_format = format.id;
  for (Number& x : p.input) {
    const double value = x.as_double();
    if (std::isfinite(value)) x = Number(rounded_to(format, value));
  }
}

void ask_for_other(Random& random, const xent_claim& claim, Problem& p) {
  const bool gradient = has_gradient(claim) && random.chance(0.6);
  p.wanted = gradient ? reference::Wanted::gradient : reference::Wanted::loss;
  p.loss_format = any_of(random, formats_in(gradient ? claim.grad_formats : claim.loss_formats))->id;
}

// Changes one thing, whether or not it makes sense with the rest.
void edit(Random& random, const xent_claim& claim, Trial& trial) {
  Problem& p = trial.problem;
  switch (random.below(14)) {
    case 0:
      p.reduction = static_cast<xent_reduction>(random.below(3));
      return fit_upstream(p);
    case 1:
      return ask_for_other(random, claim, p);
    case 2:
      return make_hard(random, p);
    case 3:
      return make_soft(random, claim, p);
    case 4:
      return set_format(random, claim, p);
    case 5:
      if (!p.targets.empty() && random.chance(0.3))
        p.targets.back() = one_of<std::int64_t>(random, {-1, p.classes, 0});
      return;
    case 6:
      if (!p.input.empty())
        p.input[static_cast<std::size_t>(random.below(p.rows * p.classes))] = any_entry(random, p);
      return;
    case 7:
      if (!p.target_probs.empty())
        p.target_probs[static_cast<std::size_t>(random.below(p.rows * p.classes))] = any_label(random, p);
      return;
    case 8:
      for (Number& parameter : trial.parameters) parameter = any_parameter(random);
      if (random.chance(0.3)) trial.parameters.push_back(any_parameter(random));
      return;
    case 9:
      if (p.rows > 0) p = rows_of(p, 0, random.below(p.rows + 1));
      return fit_upstream(p);
    case 10:
      if (random.chance(0.2)) p.conventions.denominator = XENT_ALL_ROWS;
      return;
    default:
      return set_option(random, claim, static_cast<std::int32_t>(random.below(XENT_OPTION_UPSTREAM + 1)), p);
  }
}

bool is_small(const Problem& p) {
  return p.rows * p.classes <= 200;
}

// What the law makes itself, or any other question, and then changed.
Trial any_case(Random& random, const Law& law, const xent_claim& claim,
               const xent_implementation& implementation) {
  Trial trial;
  if (random.chance(0.6) && law.applies(claim, implementation))
    trial = law.generate(random, claim, static_cast<int>(random.below(60)), 60);
  if (trial.problem.loss.empty() || !is_small(trial.problem)) trial = any_question(random, claim, 12);
  if (!is_small(trial.problem)) trial.problem = rows_of(trial.problem, 0, 1);
  trial.problem.conventions = implementation.conventions;
  if (trial.parameters.empty() && random.chance(0.5))
    trial.parameters.assign(static_cast<std::size_t>(random.between(1, 4)), any_parameter(random));
  for (std::int64_t i = random.between(0, 4); i > 0; --i) edit(random, claim, trial);
  return trial;
}

// One that the law is about, mostly.
const xent_claim& any_claim(Random& random, const Law& law, const xent_implementation& implementation) {
  const std::span<const xent_claim> claims(implementation.claims, implementation.claim_count);
  const xent_claim* claim = &random.pick(claims);
  for (int tries = 0; tries < 40 && !law.applies(*claim, implementation); ++tries)
    claim = &random.pick(claims);
  return random.chance(0.8) ? *claim : random.pick(claims);
}

// A part of the catalogue, or all of it.
Drawn declaration_of(std::uint64_t seed) {
  return seed % 3 == 0 ? drawn_declaration(seed) : whole_declaration(seed);
}

// XENT_ANY_CASE=5000 asks for that many declarations.
int number_of_drawn() {
  const char* const more = std::getenv("XENT_ANY_CASE");
  return more == nullptr ? kDeclarationsDrawn : std::atoi(more);
}

std::uint64_t first_seed() {
  const char* const first = std::getenv("XENT_ANY_CASE_SEED");
  return first == nullptr ? 0 : std::strtoull(first, nullptr, 10);
}

struct Tally {
  int passed = 0;
  int inadmissible = 0;
};

// Puts cases to every law; what is said against the answers is a failure of the test.
void judge_any_case(const Subject& subject, std::uint64_t seed,
                    const std::function<bool(const Law&)>& is_heard, std::map<std::string, Tally>& tallies) {
  const xent_implementation& implementation = subject.implementation();
  for (const Law& law : all_laws()) {
    if (!is_heard(law) || (law.is_about_layouts && !subject.has_layouts())) continue;
    for (int i = 0; i < kCasesOfEach; ++i) {
      Random random{rc::Random(stream(seed, std::string(law.id) + std::to_string(i)))};
      const xent_claim& claim = any_claim(random, law, implementation);
      const Trial trial = any_case(random, law, claim, implementation);
      const Outcome outcome = law.judge(subject, trial, {});
      tallies[law.id].passed += outcome.kind == Outcome::Kind::pass ? 1 : 0;
      tallies[law.id].inadmissible += outcome.kind == Outcome::Kind::inadmissible ? 1 : 0;
      if (outcome.kind != Outcome::Kind::fail || (law.not_claimed && law.not_claimed(claim))) continue;
      ADD_FAILURE() << "seed " << seed << ": " << law.id << ": " << outcome.message << "\n"
                    << case_line(trial, law.id) << "\n"
                    << write_declaration(implementation);
    }
  }
}

void show(const std::map<std::string, Tally>& tallies) {
  if (std::getenv("XENT_ANY_CASE") == nullptr) return;
  for (const auto& [law, tally] : tallies)
    std::printf("%-20s %6d passed %6d inadmissible\n", law.c_str(), tally.passed, tally.inadmissible);
}

TEST(AnyCase, IsHeldAgainstNoRightAnswer) {
  std::map<std::string, Tally> tallies;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + number_of_drawn(); ++seed) {
    const Drawn drawn = declaration_of(seed);
    const Subject subject(std::make_shared<Right>(drawn.claims, drawn.conventions));
    judge_any_case(
        subject, seed, [](const Law&) { return true; }, tallies);
  }
  show(tallies);
}

// Whose answers are off by about as much as their bounds allow, this way or that, wherever accuracy has
// nothing against it.
class Leaning : public Right {
 public:
  using Right::Right;

 private:
  double answer(const Problem& problem, std::size_t output, reference::Certified& truth) const override {
    const double nearest = Right::answer(problem, output, truth);
    if (!std::isfinite(nearest) || nearest == 0) return nearest;
    double bound = HUGE_VAL;
    for (const xent_claim& claim : claims_for(problem))
      bound = std::min(bound, kShare * error_bounds(problem, claim)[output]);
    const std::size_t coin = std::hash<std::string>()(golden::write("", problem) + std::to_string(output));
    const Format& format = reference::format(problem.loss_format);
    const double end = nearest + (coin % 2 == 0 ? bound : -bound);
    if (!std::isfinite(end)) return nearest;
    for (const double leaning : {std::copysign(HUGE_VAL, end), rounded_to(format, end)}) {
      if (is_accurate(problem, leaning, truth, bound)) return leaning;
    }
    return nearest;
  }

  // All that may cover it, as a loss beside a gradient is judged by the claim of that.
  std::vector<xent_claim> claims_for(const Problem& problem) const {
    std::vector<xent_claim> covering;
    for (const xent_claim& claim : claims()) {
      if (problem.loss == claim.loss && !not_covered(claim, problem)) covering.push_back(claim);
    }
    return covering;
  }

  bool is_accurate(const Problem& problem, double value, reference::Certified& truth, double bound) const {
    for (const xent_claim& claim : claims_for(problem)) {
      Measurement ignored;
      const Outcome outcome =
          compare(value, truth, measured_in(problem, claim), judged_grade(problem, claim), bound, &ignored);
      if (outcome.kind != Outcome::Kind::pass) return false;
    }
    return true;
  }

  static constexpr double kShare = 0.999;
};

// Whether the law asks for nothing beyond accuracy: no sign, no bits, no order.
bool is_within_bounds(const Law& law) {
  constexpr const char* kExact[] = {"nonnegativity", "entropy_range",    "single_class",    "big_gap",
                                    "ignored_rows",  "shift_invariance", "small_loss",      "small_gradient",
                                    "target_range",  "purity",           "likelihood_order"};
  return std::none_of(std::begin(kExact), std::end(kExact),
                      [&](const char* id) { return std::string(id) == law.id; });
}

TEST(AnyCase, IsHeldAgainstNoAnswerWithinItsBounds) {
  std::map<std::string, Tally> tallies;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + number_of_drawn(); ++seed) {
    const Drawn drawn = declaration_of(seed);
    const Subject subject(std::make_shared<Leaning>(drawn.claims, drawn.conventions));
    judge_any_case(subject, seed, is_within_bounds, tallies);
  }
  show(tallies);
}

}  // namespace
}  // namespace xent::properties
