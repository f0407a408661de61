#include "properties/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace xent::properties {
namespace {

// In units of the drawing, which is scaled to the column it is in.
constexpr double kWidth = 380;
constexpr double kLeft = 92;    // names of regimes
constexpr double kRight = 318;  // beyond: numbers
constexpr double kTop = 22;
constexpr double kRow = 19;

constexpr double kHalfUlp = 0.5;

std::string number(double x) {
  return fmt::format("{:.1f}", x);
}

// A logarithmic axis. What is smaller than its range is drawn at its left end, infinity at its right.
class Axis {
 public:
  Axis(double least, double most) : low_(std::floor(std::log10(least))), high_(std::ceil(std::log10(most))) {}

  double at(double value) const {
    if (!(value > 0)) return kLeft;
    const double position = (std::log10(value) - low_) / (high_ - low_);
    return kLeft + std::clamp(position, 0.0, 1.0) * (kRight - kLeft);
  }

  // Powers of ten, few enough for their labels.
  Json ticks() const {
    constexpr double kMostTicks = 5;
    const double step = std::ceil((high_ - low_) / kMostTicks);
    Json ticks = Json::array();
    for (double exponent = low_; exponent <= high_; exponent += step) {
      const double value = std::pow(10, exponent);
      const bool is_plain = exponent >= -3 && exponent <= 3;
      ticks.push_back({{"x", number(at(value))},
                       {"label", is_plain ? fmt::format("{:g}", value) : fmt::format("1e{:g}", exponent)}});
    }
    return ticks;
  }

 private:
  double low_;  // powers of ten
  double high_;
};

double largest(const LossAccuracy& loss, double RegimeAccuracy::*error) {
  double most = 0;
  for (const auto& [regime, seen] : loss.regimes) {
    if (std::isfinite(seen.*error)) most = std::max(most, seen.*error);
  }
  return most;
}

Json cells(const RegimeAccuracy& seen, const Axis& axis) {
  Json cells = Json::array();
  for (const auto& [binade, count] : seen.binades) {
    const double left = binade < kLeastBinade ? kLeft : axis.at(std::ldexp(1.0, binade));
    const double right = axis.at(std::ldexp(1.0, binade + 1));
    const double share = static_cast<double>(count) / static_cast<double>(seen.outputs);
    // Thin ends of a distribution have to be seen too.
    cells.push_back({{"x", number(left)},
                     {"width", number(std::max(1.5, right - left))},
                     {"opacity", fmt::format("{:.2f}", 0.12 + 0.68 * std::sqrt(share))}});
  }
  return cells;
}

Json plot(const LossAccuracy& loss, double RegimeAccuracy::*error, const Axis& axis, double edge,
          const char* edge_label) {
  Json rows = Json::array();
  double y = kTop;
  for (const auto& [regime, seen] : loss.regimes) {
    const double worst = seen.*error;
    rows.push_back({{"name", name(regime)},
                    {"y", number(y)},
                    {"middle", number(y + kRow / 2)},
                    {"value", fmt::format("{:.3g}", worst)},
                    {"x", number(std::isinf(worst) ? kRight : axis.at(worst))},
                    {"beyond", worst > edge},
                    {"infinite", std::isinf(worst)},
                    {"cells", Json::array()}});
    y += kRow;
  }
  return {{"width", number(kWidth)},
          {"height", number(y + 20)},
          {"left", number(kLeft)},
          {"right", number(kRight)},
          {"value_at", number(kWidth)},
          {"top", number(kTop)},
          {"bottom", number(y)},
          {"label_at", number(y + 14)},
          {"ticks", axis.ticks()},
          {"edge", {{"x", number(axis.at(edge))}, {"label", edge_label}}},
          {"rows", rows}};
}

}  // namespace

Json ulp_plot(const LossAccuracy& loss) {
  const Axis axis(0.01, std::max(10.0, largest(loss, &RegimeAccuracy::worst_ulps)));
  Json drawn = plot(loss, &RegimeAccuracy::worst_ulps, axis, kHalfUlp, "nearest float");
  std::size_t row = 0;
  for (const auto& [regime, seen] : loss.regimes) {
    // Half an ulp is no threshold of the claim: nothing is marked as beyond it.
    drawn["rows"][row]["beyond"] = seen.worst_ratio > 1;
    drawn["rows"][row++]["cells"] = cells(seen, axis);
  }
  return drawn;
}

Json ratio_plot(const LossAccuracy& loss) {
  const Axis axis(0.001, std::max(10.0, largest(loss, &RegimeAccuracy::worst_ratio)));
  return plot(loss, &RegimeAccuracy::worst_ratio, axis, 1, "bound");
}

}  // namespace xent::properties
