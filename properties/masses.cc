#include "properties/masses.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

Masses single_mass(const Problem& p, std::size_t target) {
  Masses masses;
  masses.a.assign(static_cast<std::size_t>(p.classes), 0.0);
  masses.error.assign(masses.a.size(), 0.0);
  masses.a[target] = masses.total = weight_at(p.class_weights, static_cast<std::int64_t>(target));
  masses.is_single = true;
  masses.single = target;
  masses.is_unit = masses.total == 1;
  return masses;
}

// How the smoothing term is weighted and spread.
struct Smoothing {
  double alpha;
  double share;  // on each class that gets some
  bool others;
  std::int64_t target;  // -1: soft labels

  Smoothing(const Problem& p, std::int64_t row)
      : alpha(as_double(p.label_smoothing)),
        others(p.conventions.smoothing_mass == XENT_SMOOTH_OTHERS),
        target(p.targets.empty() ? -1 : p.targets[static_cast<std::size_t>(row)]) {
    share = alpha / static_cast<double>(others ? p.classes - 1 : p.classes);
  }
  double on(const Problem& p, std::int64_t c) const {
    if (alpha == 0 || (others && c == target)) return 0;
    switch (p.conventions.smoothing_weights) {
      case XENT_SMOOTH_UNWEIGHTED:
        return share;
      case XENT_SMOOTH_BY_TARGET:
        return share * weight_at(p.class_weights, target);
      default:
        return share * weight_at(p.class_weights, c);
    }
  }
};

// Whether by convention nothing but a hard label counts on the class, which is masked.
bool is_left_out(const Problem& p, std::int64_t row, std::int64_t c) {
  const bool leaves_out =
      p.conventions.masked_labels == XENT_POLICY_ZERO && p.input_space == XENT_LOGITS && p.softcap.is_zero();
  return leaves_out && p.input_row(row)[static_cast<std::size_t>(c)].is_infinite();
}

}  // namespace

double as_double(const Number& x) {
  return x.is_double() ? x.as_double() : x.rational().convert_to<double>();
}

double weight_at(const std::vector<Number>& weights, std::int64_t index) {
  return weights.empty() ? 1 : as_double(weights[static_cast<std::size_t>(index)]);
}

Masses masses_of(const Problem& p, const Machine& m, std::int64_t row) {
  const Smoothing smoothing(p, row);
  const double alpha = smoothing.alpha;
  if (alpha == 0 && smoothing.target >= 0) return single_mass(p, static_cast<std::size_t>(smoothing.target));
  Masses masses;
  for (std::int64_t c = 0; c < p.classes; ++c) {
    const double y = smoothing.target < 0    ? as_double(p.target_row(row)[static_cast<std::size_t>(c)])
                     : c == smoothing.target ? 1
                                             : 0;
    const double label = y * weight_at(p.class_weights, c);
    const double smooth = smoothing.on(p, c);
    const double mass = (1 - alpha) * label + smooth;
    double error = p.class_weights.empty() || smoothing.target >= 0 ? 0 : m.u * label;
    if (alpha != 0) {
      error = label * ((smoothing.others ? 3 : 1) * m.u * alpha + 3 * m.u * (1 - alpha)) + 3 * m.u * smooth +
              m.u * mass + 2 * m.smallest;
    }
    masses.a.push_back(mass);
    masses.error.push_back(error);
    const bool counts = !is_left_out(p, row, c);
    masses.total += counts ? mass : c == smoothing.target ? (1 - alpha) * label : 0;
    masses.total_error += counts || c == smoothing.target ? error : 0;
  }
  masses.total_error += m.sum_factor(static_cast<double>(p.classes)) * masses.total;
  return masses;
}

}  // namespace xent::properties
