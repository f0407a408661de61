#include "properties/generators.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>

#include "properties/declaration.h"
#include "properties/realistic.h"
#include "reference/certify.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

constexpr double kMasked = -std::numeric_limits<double>::infinity();

constexpr std::array kLogitRegimes = {Regime::ordinary,     Regime::confident,    Regime::wide_range,
                                      Regime::large_offset, Regime::ties,         Regime::masked,
                                      Regime::subnormal,    Regime::many_classes, Regime::single_class,
                                      Regime::any_bits,     Regime::realistic};
constexpr std::array kProbabilityRegimes = {Regime::probabilities, Regime::sparse, Regime::ties,
                                            Regime::single_class, Regime::realistic};

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

std::vector<double> filled(std::int64_t classes, const Format& format, auto&& draw) {
  std::vector<double> row(size(classes));
  for (double& value : row) value = rounded_to(format, draw());
  return row;
}

// 2^e with e uniform, so that every magnitude is equally likely.
double any_magnitude(Random& random, int lowest, int highest) {
  const double sign = random.chance(0.5) ? -1 : 1;
  const double fraction = 1 + random.unit();
  return sign * std::ldexp(fraction, static_cast<int>(random.between(lowest, highest)));
}

// A format without infinities cannot say that a class is masked.
void mask_some(Random& random, std::vector<double>& row, const Format& format) {
  if (!format.has_infinity) return;
  const std::size_t keep = size(random.below(static_cast<std::int64_t>(row.size())));
  const std::size_t block =
      random.chance(0.5) ? size(random.below(static_cast<std::int64_t>(row.size()))) : 0;
  const double rate = random.unit();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != keep && (i < block || random.chance(rate))) row[i] = kMasked;
  }
}

// The target leads the rest by a gap from a fraction of a unit to beyond the range of exp.
LogitRow confident_row(Random& random, const Format& format, std::int64_t classes) {
  LogitRow row{filled(classes, format, [&] { return random.normal(); }), random.below(classes)};
  const double gap = random.chance(0.3) ? random.unit() * 20 : random.unit() * 130;
  double& lead = row.logits[size(row.target)];
  lead = rounded_to(format, *std::max_element(row.logits.begin(), row.logits.end()) + gap);
  return row;
}

// How far below 0 tricks with bits wrap around: sums with 1.5 2^b whose low bits are an integer n, where they
// reach 2^a, and integers of a bits; n counts units of ln 2.
double wrapping(Random& random) {
  constexpr int kShifts[] = {19, 23, 52};
  const double ln2 = std::numbers::ln2;
  if (random.chance(0.5)) return ln2 * std::ldexp(1.0, static_cast<int>(random.between(7, 34)));
  const int b = random.pick<int>(kShifts);
  return ln2 * (std::ldexp(1.5, b) - std::ldexp(1.0, static_cast<int>(random.between(4, b))));
}

// Ordinary logits, and others so far below them that nothing is left of their exponentials, if these are
// right.
std::vector<double> cliff(Random& random, const Format& format, std::int64_t classes) {
  // More than the exponents of binary32 on either side.
  constexpr double kAround = 200;
  return filled(classes, format, [&] {
    if (random.chance(0.2)) return random.normal();
    const double place = kAround * (2 * random.unit() - 1);
    return place - wrapping(random);
  });
}

// A maximum alone, half way between two multiples of ln 2, or a float or two away: what reductions round to
// one of them either way.
std::vector<double> half_step(Random& random, const Format& format, std::int64_t classes) {
  const auto step = static_cast<double>(random.between(-369, 368));
  double max = rounded_to(format, (step + 0.5) * std::numbers::ln2);
  const double ulp = std::ldexp(1.0, reference::ulp_exponent(format, std::ilogb(max)));
  max = rounded_to(format, max + ulp * static_cast<double>(random.between(-2, 2)));
  auto row = filled(classes, format, [&] { return max - 20 - 60 * random.unit(); });
  row[size(random.below(classes))] = max;
  return row;
}

// The last logit above the others by what the exponents of binary32 just hold, or just do not.
std::vector<double> end_of_exponents(Random& random, const Format& format, std::int64_t classes) {
  auto row = filled(classes, format, [&] { return random.normal(); });
  const double most = *std::max_element(row.begin(), row.end());
  row.back() = rounded_to(format, most + std::numbers::ln2 * (126 + 4 * random.unit()));
  return row;
}

std::vector<double> plain_row(Random& random, Regime regime, const Format& format, std::int64_t classes) {
  const double scale = random.chance(0.5) ? 1 : std::exp(3 * random.unit());
  switch (regime) {
    case Regime::wide_range: {
      const double seam = random.unit();
      if (seam < 0.2) return cliff(random, format, classes);
      if (seam < 0.4) return half_step(random, format, classes);
      if (seam < 0.5) return end_of_exponents(random, format, classes);
      const int highest = std::min(format.emax - 1, 40);
      return filled(classes, format, [&] {
        return any_magnitude(random, -30, static_cast<int>(random.between(-10, highest)));
      });
    }
    case Regime::large_offset: {
      const double offset =
          any_magnitude(random, std::min(format.emax - 4, 6), std::min(format.emax - 2, 30));
      return filled(classes, format, [&] { return offset + scale * random.normal(); });
    }
    case Regime::ties: {
      const double values[] = {rounded_to(format, any_magnitude(random, -4, std::min(format.emax - 1, 12))),
                               scale * random.normal()};
      return filled(classes, format, [&] { return values[random.below(random.chance(0.5) ? 1 : 2)]; });
    }
    case Regime::subnormal:
      return filled(classes, format, [&] { return std::ldexp(random.unit() - 0.5, format.emin + 3); });
    case Regime::any_bits: {
      std::vector<double> row(size(classes));
      const bool finite = random.chance(0.6);
      for (double& value : row) value = finite ? any_finite(random, format) : any_float(random, format);
      return row;
    }
    case Regime::masked: {
      auto row = filled(classes, format, [&] { return scale * random.normal(); });
      mask_some(random, row, format);
      return row;
    }
    default:
      return filled(classes, format, [&] { return scale * random.normal(); });
  }
}

std::int64_t any_target(Random& random, const std::vector<double>& logits) {
  const auto at = [&](auto found) { return static_cast<std::int64_t>(found - logits.begin()); };
  switch (random.below(4)) {
    case 0:
      return at(std::max_element(logits.begin(), logits.end()));
    case 1:
      return at(std::min_element(logits.begin(), logits.end()));
    default:
      return random.below(static_cast<std::int64_t>(logits.size()));
  }
}

bool takes_logits(const xent_claim& claim) {
  return contains(claim.input_spaces, XENT_LOGITS);
}

const Format& any_format(Random& random, std::uint32_t set) {
  const auto formats = formats_in(set);
  return *formats[size(random.below(static_cast<std::int64_t>(formats.size())))];
}

void append(std::vector<Number>& matrix, const std::vector<double>& row) {
  matrix.insert(matrix.end(), row.begin(), row.end());
}

// The soft labels or distribution P that the loss compares with.
std::vector<double> target_row(Random& random, Regime regime, const Format& format, std::int64_t classes) {
  return distribution(random, regime == Regime::sparse ? Regime::sparse : Regime::probabilities, format,
                      classes);
}

void append_row(Random& random, const reference::Loss& loss, Regime regime, const Format& in,
                const Format* target_in, std::int64_t classes, Problem& p) {
  if (p.input_space == XENT_LOGITS) {
    const LogitRow row = logit_row(random, regime, in, classes);
    append(p.input, row.logits);
    if (loss.needs_targets && target_in == nullptr) p.targets.push_back(row.target);
  } else {
    std::vector<double> q = distribution(random, regime, in, classes);
    if (loss.needs_targets) p.targets.push_back(random.below(classes));
    if (p.input_space == XENT_LOG_PROBABILITIES) {
      const double impossible = in.has_infinity ? kMasked : -64;  // e^-64 is as good as 0
      for (double& value : q) value = value > 0 ? rounded_to(in, std::log(value)) : impossible;
    }
    append(p.input, q);
  }
  if (target_in == nullptr) return;
  std::vector<double> labels = target_row(random, regime, *target_in, classes);
  // Unlike a distribution, soft labels may have any sum.
  if (loss.needs_targets && random.chance(0.15)) {
    const double factors[] = {0, 0.5, 1.25, 2};
    const double factor = random.pick(std::span<const double>(factors));
    for (double& label : labels) label = rounded_to(*target_in, factor * label);
  }
  append(p.target_probs, labels);
}

// The format of P if the loss needs one, or takes one and the coin says so.
const Format* choose_soft(Random& random, const xent_claim& claim, const reference::Loss& loss) {
  if (!loss.needs_target_probs || formats_in(claim.target_formats).empty()) return nullptr;
  const bool hard = loss.needs_targets && contains(claim.options, XENT_OPTION_HARD_TARGETS);
  const bool soft = !loss.needs_targets || contains(claim.options, XENT_OPTION_SOFT_TARGETS);
  if (!soft || (hard && random.chance(0.75))) return nullptr;
  return &any_format(random, claim.target_formats);
}

xent_space choose_space(Random& random, const xent_claim& claim) {
  std::vector<xent_space> spaces;
  for (const xent_space space : {XENT_LOGITS, XENT_PROBABILITIES, XENT_LOG_PROBABILITIES}) {
    if (contains(claim.input_spaces, space)) spaces.push_back(space);
  }
  return spaces[size(random.below(static_cast<std::int64_t>(spaces.size())))];
}

// No theorem helps with capped logits: the reference goes through the whole row for every entry.
void drop_costly_cap(Problem& p) {
  constexpr std::int64_t kFewClasses = 40;
  if (p.classes > kFewClasses) p.softcap = Number(0.0);
}

// Chooses the options of one problem.
struct Chooser {
  Random& random;
  const xent_claim& claim;
  const reference::Loss& loss;
  Problem& p;

  // Whether an option that is declared and useful is to be given.
  bool gives(std::int32_t option, double probability) const {
    return contains(claim.options, option) && contains(loss.options, option) && random.chance(probability);
  }
  double one_of(std::initializer_list<double> values) const {
    return random.pick(std::span(values.begin(), values.size()));
  }
  void weigh(std::vector<Number>& weights, std::int64_t count) const {
    const Format& format = reference::format(factor_format(p));
    for (std::int64_t i = 0; i < count; ++i) weights.emplace_back(any_weight(random, format));
  }

  void choose_labels() const {
    if (!p.targets.empty() && gives(XENT_OPTION_IGNORE_INDEX, 0.4)) {
      p.ignore_index = any_ignore_index(random, p.classes);
      const double rate = random.chance(0.1) ? 1 : 0.3;
      for (std::int64_t& target : p.targets) {
        if (random.chance(rate)) target = *p.ignore_index;
      }
    }
    if (gives(XENT_OPTION_CLASS_WEIGHTS, 0.3)) weigh(p.class_weights, p.classes);
    if (gives(XENT_OPTION_SAMPLE_WEIGHTS, 0.25)) weigh(p.sample_weights, p.rows);
    if (gives(XENT_OPTION_LABEL_SMOOTHING, 0.3)) {
      const double any = random.unit();
      p.label_smoothing = one_of({0.1, 0.25, 1, any});
    }
  }

  void choose_maps() const {
    if (p.input_space != XENT_LOGITS) return;
    if (gives(XENT_OPTION_TEMPERATURE, 0.2)) p.temperature = one_of({0.5, 0.7, 3, 10});
    if (gives(XENT_OPTION_SCALE, 0.2)) p.scale = one_of({0.125, 0.3, 2, 5});
    if (gives(XENT_OPTION_SOFTCAP, 0.2)) p.softcap = one_of({1, 15, 30.5, 50});
  }

  // A z-loss is a square of nats and takes no base.
  void choose_units() const {
    if (gives(XENT_OPTION_Z_LOSS, 0.2)) {
      p.z_loss = one_of({1e-4, 0.0009765625, 0.5});
    } else if (gives(XENT_OPTION_BASE, 0.25)) {
      p.base = random.chance(0.7) ? 2.0 : 10.0;
    }
  }
};

bool is_logit_regime(Regime regime) {
  return std::find(kLogitRegimes.begin(), kLogitRegimes.end(), regime) != kLogitRegimes.end();
}

}  // namespace

std::span<const Regime> logit_regimes() {
  return kLogitRegimes;
}
std::span<const Regime> probability_regimes() {
  return kProbabilityRegimes;
}

LogitRow logit_row(Random& random, Regime regime, const Format& format, std::int64_t classes) {
  if (regime == Regime::single_class) classes = 1;
  if (regime == Regime::confident) return confident_row(random, format, classes);
  LogitRow row;
  if (regime == Regime::realistic) {
    row = realistic_row(random, classes);
    for (double& value : row.logits) value = rounded_to(format, value);
    return row;
  }
  row.logits = plain_row(random, regime, format, classes);
  row.target = any_target(random, row.logits);
  return row;
}

std::vector<double> distribution(Random& random, Regime regime, const Format& format, std::int64_t classes) {
  if (regime == Regime::realistic || regime == Regime::ties) {
    std::vector<double> row = regime == Regime::realistic ? realistic_row(random, classes).logits
                                                          : std::vector<double>(size(classes), 0.0);
    for (double& value : row) value = std::exp(value);
    const double total = std::accumulate(row.begin(), row.end(), 0.0);
    for (double& value : row) value = rounded_to(format, value / total);
    return row;
  }
  if (random.chance(0.4)) return dyadic_distribution(random, format, classes);
  std::vector<double> row(size(classes));
  for (double& value : row) {
    value = std::exp(3 * random.normal());
    if (regime == Regime::sparse && random.chance(0.4)) value = 0;
  }
  row[size(random.below(classes))] += 0.5;
  const double total = std::accumulate(row.begin(), row.end(), 0.0);
  for (double& value : row) value = rounded_to(format, value / total);
  if (regime == Regime::sparse && random.chance(0.5)) {
    row[size(random.below(classes))] =
        std::ldexp(1.0, format.quantum_exponent() + static_cast<int>(random.below(40)));
  }
  return row;
}

std::vector<double> dyadic_distribution(Random& random, const Format& format, std::int64_t classes) {
  // 2^b units dealt out by b-bit cuts: each entry is an integer below 2^precision times 2^-b, hence a float.
  const auto bits = static_cast<int>(random.between(1, format.precision));
  std::vector<std::int64_t> cuts = {0, std::int64_t{1} << bits};
  for (std::int64_t i = 1; i < classes; ++i) cuts.push_back(random.below((std::int64_t{1} << bits) + 1));
  std::sort(cuts.begin(), cuts.end());
  std::vector<double> row(size(classes));
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = std::ldexp(static_cast<double>(cuts[i + 1] - cuts[i]), -bits);
  return row;
}

std::int64_t any_classes(Random& random, std::int64_t most) {
  switch (random.below(4)) {
    case 0:
      return std::min<std::int64_t>(random.between(1, 9), most);
    case 1: {  // a power of two, give or take one: vectors, blocks, tiles
      const std::int64_t power = std::int64_t{1} << random.between(0, 10);
      return std::clamp<std::int64_t>(power + random.between(-1, 1), 1, most);
    }
    default:
      return random.between(1, std::min<std::int64_t>(most, 80));
  }
}

Regime any_regime(Random& random, const xent_claim& claim) {
  return random.pick(takes_logits(claim) ? logit_regimes() : probability_regimes());
}

namespace {

// None, if there is a choice.
xent_reduction first_reduction(const xent_claim& claim, const reference::Loss& loss) {
  if (loss.always_mean) return XENT_MEAN;
  if (loss.entries != nullptr || contains(claim.reductions, XENT_NONE)) return XENT_NONE;
  return contains(claim.reductions, XENT_SUM) ? XENT_SUM : XENT_MEAN;
}

}  // namespace

Trial trial_of(Random& random, const xent_claim& claim, const TrialShape& shape) {
  const reference::Loss& loss = *reference::find_loss(claim.loss);
  Trial trial;
  trial.regime = shape.regime;
  Problem& p = trial.problem;
  p.loss = claim.loss;
  p.rows = shape.rows;
  p.classes = shape.regime == Regime::single_class ? 1 : shape.classes;
  p.input_space = choose_space(random, claim);
  const Format& in = any_format(random, claim.input_formats);
  p.input_format = in.id;
  p.loss_format = any_format(random, claim.loss_formats).id;
  p.reduction = first_reduction(claim, loss);
  const Format* soft = choose_soft(random, claim, loss);
  if (soft != nullptr) p.target_format = soft->id;
  if (is_logit_regime(shape.regime) != (p.input_space == XENT_LOGITS)) {
    trial.regime = p.input_space == XENT_LOGITS ? Regime::ordinary : Regime::probabilities;
  }
  for (std::int64_t row = 0; row < shape.rows; ++row)
    append_row(random, loss, trial.regime, in, soft, p.classes, p);
  return trial;
}

double any_weight(Random& random, const Format& format) {
  if (random.chance(0.1)) return 0;
  if (random.chance(0.2)) return 1;
  return rounded_to(format, std::exp(random.normal()));
}

double any_signed_weight(Random& random, const Format& format) {
  const double sign = random.chance(0.5) ? -1 : 1;
  return sign * any_weight(random, format);
}

std::int64_t any_ignore_index(Random& random, std::int64_t classes) {
  if (random.chance(0.5)) return -100;
  if (random.chance(0.4)) return random.below(classes);
  const std::int64_t others[] = {-1, classes, 255, std::numeric_limits<std::int32_t>::max()};
  return random.pick(std::span<const std::int64_t>(others));
}

void choose_options(Random& random, const xent_claim& claim, Problem& p) {
  const reference::Loss& loss = *reference::find_loss(claim.loss);
  if (!loss.always_mean && loss.entries == nullptr && random.chance(0.5)) {
    const auto reduction = static_cast<xent_reduction>(random.below(3));
    if (contains(claim.reductions, reduction)) p.reduction = reduction;
  }
  const Chooser chooser{random, claim, loss, p};
  chooser.choose_labels();
  chooser.choose_maps();
  chooser.choose_units();
  if (loss.entries != nullptr) drop_costly_cap(p);
  if (random.chance(0.3)) p.threads = 2;
}

void want_gradient(Random& random, const xent_claim& claim, Problem& p) {
  p.wanted = reference::Wanted::gradient;
  p.loss_format = any_format(random, claim.grad_formats).id;
  drop_costly_cap(p);
  if (!contains(claim.options, XENT_OPTION_UPSTREAM) || random.chance(0.4)) return;
  const std::size_t losses = p.reduction == XENT_NONE ? size(p.rows) : 1;
  const Format& format = reference::format(factor_format(p));
  for (std::size_t i = 0; i < losses; ++i) p.upstream.emplace_back(any_signed_weight(random, format));
}

}  // namespace xent::properties
