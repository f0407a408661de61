#include "properties/search.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace xent::properties {
namespace {

using reference::Format;
using reference::Number;
using reference::Problem;

// Small inputs are tried by the thousand, and what goes wrong in big ones mostly goes wrong in small ones.
constexpr std::int64_t kMostNumbers = 200;
// Changes without gain before a climb is given up.
constexpr int kPatience = 80;

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

class Climber {
 public:
  Climber(const Subject& subject, const Law& law, const xent_claim& claim, Random& random,
          const std::function<bool()>& goes_on)
      : subject_(subject), law_(law), claim_(claim), random_(random), goes_on_(goes_on) {}

  // From one start to where no change makes it worse.
  void climb(Aim aim) {
    Trial here = start();
    double height = measured(here, aim).value_or(-1);
    for (int stale = 0; stale < kPatience && goes_on(); ++stale) {
      Trial there = changed(random_, here);
      const std::optional<double> reached = measured(there, aim);
      if (!reached || *reached < height) continue;
      if (*reached > height) stale = 0;
      height = *reached;
      here = std::move(there);
    }
  }

  bool goes_on() const { return !found_.failing && goes_on_(); }
  Found take() { return std::move(found_); }

 private:
  // Domain: the law generates small inputs, too.
  Trial start() {
    for (;;) {
      Trial trial = law_.generate(random_, claim_, 0, 1);
      if (trial.problem.rows * trial.problem.classes > kMostNumbers) continue;
      trial.regime = Regime::adversarial;
      trial.problem.conventions = subject_.implementation().conventions;
      return trial;
    }
  }

  // How bad it is; none if the input does not count.
  std::optional<double> measured(const Trial& trial, Aim aim) {
    TrialMeter meter(subject_.implementation());
    Outcome outcome = law_.judge(subject_, trial, meter.recorder());
    if (outcome.kind == Outcome::Kind::inadmissible) return std::nullopt;
    ++found_.tried;
    if (outcome.kind != Outcome::Kind::pass) {
      found_.outcome = std::move(outcome);
      found_.failing = trial;
    }
    double worst = 0;
    for (const TrialAccuracy& accuracy : meter.take()) {
      worst = std::max(worst, aim == Aim::ulps ? accuracy.seen.worst_ulps : accuracy.seen.worst_ratio);
      add(accuracy);
    }
    return worst;
  }

  void add(const TrialAccuracy& accuracy) {
    for (TrialAccuracy& known : found_.accuracy) {
      if (known.loss == accuracy.loss) return known.add(accuracy);
    }
    found_.accuracy.push_back(accuracy);
  }

  const Subject& subject_;
  const Law& law_;
  const xent_claim& claim_;
  Random& random_;
  const std::function<bool()>& goes_on_;
  Found found_;
};

}  // namespace

Found search(const Subject& subject, const Law& law, const xent_claim& claim, Random& random,
             const std::function<bool()>& goes_on) {
  Climber climber(subject, law, claim, random, goes_on);
  for (int i = 0; climber.goes_on(); ++i) climber.climb(i % 2 == 0 ? Aim::ulps : Aim::ratio);
  return climber.take();
}

}  // namespace xent::properties
