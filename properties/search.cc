#include "properties/search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

namespace xent::properties {
namespace {

using reference::Format;
using reference::Number;
using reference::Problem;

// Random starts are small: these are tried by the thousand, and what goes wrong in big ones mostly goes wrong
// in small ones.
constexpr std::int64_t kMostNumbers = 200;
// Changes without gain before a climb is given up: about as many as there are ways to flip a bit in a few
// numbers.
constexpr int kPatience = 200;
// Changes before it is another climb's turn.
constexpr int kMostChanges = 400;

// A tensor of the problem whose numbers may be changed, and which of them sound code has to bear: products of
// factors that are far from 1, or of probabilities beyond 1, may overflow where the result does not.
struct Numbers {
  std::vector<Number>* values;
  xent_format format;
  bool signed_values;
  double least;  // magnitude, but for 0
  double most;

  bool admits(double value) const {
    const double magnitude = std::abs(value);
    return std::isfinite(value) && (value == 0 || (magnitude >= least && magnitude <= most));
  }
};

std::vector<Numbers> tensors_of(Problem& p) {
  constexpr double kFactor = 0x1p10;
  const bool logits = p.input_space == XENT_LOGITS;
  const xent_format factors = factor_format(p);
  const std::array all = {Numbers{&p.input, p.input_format, logits, 0, logits ? HUGE_VAL : 1},
                          Numbers{&p.target_probs, p.target_format, false, 0, 1},
                          Numbers{&p.class_weights, factors, false, 1 / kFactor, kFactor},
                          Numbers{&p.sample_weights, factors, false, 1 / kFactor, kFactor},
                          Numbers{&p.upstream, factors, true, 1 / kFactor, kFactor}};
  std::vector<Numbers> present;
  for (const Numbers& numbers : all) {
    if (!numbers.values->empty()) present.push_back(numbers);
  }
  return present;
}

// A float near x, in one way or another.
double near(Random& random, const Format& format, double x, double other) {
  const auto bits = reference::encode(format, x);
  const auto bit = [&](std::int64_t below) { return std::uint64_t{1} << random.below(below); };
  switch (random.below(6)) {
    case 0:
      return reference::decode(format, bits + 1);
    case 1:
      return reference::decode(format, bits - 1);
    case 2:
      return reference::decode(format, bits ^ bit(format.precision - 1));
    case 3:
      return reference::decode(format, bits ^ bit(format.width));
    case 4:
      return other;
    default:
      return rounded_to(format, x + random.normal());
  }
}

void change_number(Random& random, Problem& p) {
  const std::vector<Numbers> tensors = tensors_of(p);
  // Mostly the input.
  const Numbers& chosen = random.chance(0.7) ? tensors.front() : random.pick(std::span(tensors));
  const auto pick = [&]() -> Number& {
    return (*chosen.values)[static_cast<std::size_t>(
        random.below(static_cast<std::int64_t>(chosen.values->size())))];
  };
  Number& number = pick();
  const Number other = pick();
  if (!number.is_double() || !number.is_finite() || !other.is_double()) return;
  const double value = near(random, reference::format(chosen.format), number.as_double(), other.as_double());
  if (chosen.admits(value)) number = Number(chosen.signed_values ? value : std::abs(value));
}

Trial changed(Random& random, Trial trial) {
  Problem& p = trial.problem;
  if (!p.targets.empty() && random.chance(0.05)) p.targets[0] = random.below(p.classes);
  const std::int64_t changes = random.between(1, 3);
  for (std::int64_t i = 0; i < changes; ++i) change_number(random, p);
  return trial;
}

enum class Aim { ulps, ratio };
constexpr Aim kAims[] = {Aim::ulps, Aim::ratio};

// A climb that waits for its turn.
struct Climb {
  Trial here;
  double known = 0;              // how bad it was when it was first measured
  std::optional<double> height;  // how bad it is; nothing before it was measured again
  int stale = 0;                 // changes since the last gain
};

// The search for one quarry.
class Hunt {
 public:
  Hunt(const Subject& subject, const Law& law, const Quarry& quarry, std::uint64_t seed,
       const SearchBudget& budget)
      : subject_(subject),
        law_(law),
        quarry_(quarry),
        random_(rc::Random(stream(seed, "search/" + quarry.name))),
        budget_(budget) {
    for (const Aim aim : kAims) line_up(aim);
  }

  void measure_again() {
    for (const Aim aim : kAims) {
      std::deque<Climb>& waiting = climbs_of(aim);
      if (!waiting.empty() && !budget_.interrupted()) begin(waiting.front(), aim);
    }
  }

  // One climb, or a part of it, until so much is spent.
  void take_turn(double limit) {
    const Aim aim = kAims[found_.climbs++ % std::size(kAims)];
    std::deque<Climb>& waiting = climbs_of(aim);
    if (waiting.empty()) waiting.push_back({random_start(), 0, std::nullopt, 0});
    Climb climb = std::move(waiting.front());
    waiting.pop_front();
    const auto goes_on = [&] { return budget_.spent() < limit && !budget_.interrupted(); };
    if (!climb.height && goes_on()) begin(climb, aim);
    for (int i = 0; i < kMostChanges && climb.stale < kPatience && goes_on(); ++i) step(climb, aim);
    if (climb.stale < kPatience) waiting.push_back(std::move(climb));
  }

  Found take() { return std::move(found_); }

 private:
  std::deque<Climb>& climbs_of(Aim aim) { return climbs_[static_cast<std::size_t>(aim)]; }

  // The worst first.
  void line_up(Aim aim) {
    std::deque<Climb>& waiting = climbs_of(aim);
    for (const Start& start : quarry_.starts)
      waiting.push_back({start.trial, aim == Aim::ulps ? start.ulps : start.ratio, std::nullopt, 0});
    std::stable_sort(waiting.begin(), waiting.end(),
                     [](const Climb& a, const Climb& b) { return a.known > b.known; });
    for (Climb& climb : waiting) climb.here.regime = Regime::adversarial;
  }

  // Domain: the law generates small inputs, too.
  Trial random_start() {
    for (;;) {
      Trial trial = law_.generate(random_, *quarry_.claim, 0, 1);
      if (trial.problem.rows * trial.problem.classes > kMostNumbers) continue;
      trial.regime = Regime::adversarial;
      trial.problem.conventions = subject_.implementation().conventions;
      return trial;
    }
  }

  void begin(Climb& climb, Aim aim) { climb.height = measured(climb.here, aim).value_or(-1); }

  // One change, which is taken back where it makes the error smaller.
  void step(Climb& climb, Aim aim) {
    ++climb.stale;
    Trial there = changed(random_, climb.here);
    const std::optional<double> reached = measured(there, aim);
    if (!reached || *reached < *climb.height) return;
    if (*reached > *climb.height) climb.stale = 0;
    climb.height = *reached;
    climb.here = std::move(there);
  }

  // How bad it is; none if the input does not count.
  std::optional<double> measured(const Trial& trial, Aim aim) {
    TrialMeter meter(subject_.implementation());
    Found here;
    here.outcome = law_.judge(subject_, trial, meter.recorder());
    if (here.outcome.kind == Outcome::Kind::inadmissible || budget_.interrupted()) return std::nullopt;
    here.tried = 1;
    here.accuracy = meter.take();
    if (here.outcome.kind != Outcome::Kind::pass) here.failing = trial;
    double worst = 0;
    for (const TrialAccuracy& accuracy : here.accuracy)
      worst = std::max(worst, aim == Aim::ulps ? accuracy.seen.worst_ulps : accuracy.seen.worst_ratio);
    found_.add(std::move(here));
    return worst;
  }

  const Subject& subject_;
  const Law& law_;
  const Quarry& quarry_;
  Random random_;
  const SearchBudget& budget_;
  std::array<std::deque<Climb>, std::size(kAims)> climbs_;
  Found found_;
};

}  // namespace

void Found::add(Found later) {
  const auto fails = [](const Outcome& of) { return of.kind == Outcome::Kind::fail; };
  const bool is_worse = later.failing && (!failing || (!fails(outcome) && fails(later.outcome)));
  if (is_worse) {
    outcome = std::move(later.outcome);
    failing = std::move(later.failing);
  }
  climbs += later.climbs;
  tried += later.tried;
  for (TrialAccuracy& fresh : later.accuracy) {
    const auto known = std::find_if(accuracy.begin(), accuracy.end(),
                                    [&](const TrialAccuracy& each) { return each.loss == fresh.loss; });
    if (known == accuracy.end()) {
      accuracy.push_back(std::move(fresh));
    } else {
      known->add(fresh);
    }
  }
}

std::vector<Found> search(const Subject& subject, const Law& law, const std::vector<Quarry>& quarries,
                          std::uint64_t seed, const SearchBudget& budget) {
  std::deque<Hunt> hunts;
  for (const Quarry& quarry : quarries) hunts.emplace_back(subject, law, quarry, seed, budget);
  for (Hunt& hunt : hunts) hunt.measure_again();
  const auto turns = static_cast<double>(std::size(kAims) * std::max<std::size_t>(hunts.size(), 1));
  const double turn = (1 - budget.spent()) / turns;
  const auto goes_on = [&] { return !hunts.empty() && budget.spent() < 1 && !budget.interrupted(); };
  while (goes_on()) {
    for (Hunt& hunt : hunts) {
      if (goes_on()) hunt.take_turn(std::min(budget.spent() + turn, 1.0));
    }
  }
  std::vector<Found> found;
  for (Hunt& hunt : hunts) found.push_back(hunt.take());
  return found;
}

}  // namespace xent::properties
