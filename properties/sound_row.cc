#include "properties/sound_row.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>

namespace xent::properties {
namespace {

std::size_t at(std::int64_t c) {
  return static_cast<std::size_t>(c);
}

float weight_of_class(const xent_problem& p, std::int64_t c) {
  return sound_weight(p.class_weights, c, p.class_weights.class_stride);
}

float pairwise(std::span<const float> terms) {
  if (terms.size() <= 1) return terms.empty() ? 0 : terms.front();
  const std::size_t half = terms.size() / 2;
  return pairwise(terms.first(half)) + pairwise(terms.subspan(half));
}

// Neumaier's variant of Kahan's sum (1974).
float compensated(std::span<const float> terms) {
  float sum = 0;
  float lost = 0;
  for (const float term : terms) {
    const float next = sum + term;
    lost += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
  }
  return std::isfinite(sum) ? sum + lost : sum;
}

bool is_kl(std::string_view loss) {
  return loss == "kl" || loss == "generalised_kl";
}

}  // namespace

float sum_in(Order order, std::span<const float> terms) {
  switch (order) {
    case Order::pairwise:
      return pairwise(terms);
    case Order::compensated:
      return compensated(terms);
    case Order::in_binary64:
      return static_cast<float>(std::accumulate(terms.begin(), terms.end(), 0.0));
    case Order::reversed:
      return std::accumulate(terms.rbegin(), terms.rend(), 0.0F);
    default:
      return std::accumulate(terms.begin(), terms.end(), 0.0F);
  }
}

float sound_weight(const xent_tensor& weights, std::int64_t index, std::int64_t stride) {
  return weights.data == nullptr ? 1 : static_cast<const float*>(weights.data)[index * stride];
}

SoundMasses sound_masses(const Pieces& m, const xent_problem& p, const Row& row, Use use) {
  SoundMasses masses;
  masses.a.assign(at(row.classes), 0);
  const bool hard = row.p == nullptr;
  const float alpha = m.smoothing(static_cast<float>(p.label_smoothing), use);
  const std::int64_t t = hard ? m.target_used(row.target, row.classes) : -1;
  const auto weight = [&](std::int64_t c) { return m.class_weight(weight_of_class(p, c), use); };
  if (hard && alpha == 0) {
    masses.is_single = true;
    masses.a[at(t)] = masses.total = masses.hard = weight(m.weighted_class(row));
    return masses;
  }
  const bool others = p.conventions.smoothing_mass == XENT_SMOOTH_OTHERS;
  const float share = m.share(alpha, row.classes, others, use);
  for (std::int64_t c = 0; c < row.classes; ++c) {
    float mass = 0;
    if (!hard) mass = m.label(row, c) * weight(c);
    if (c == t) mass = weight(m.weighted_class(row));
    if (alpha == 0) {
      masses.a[at(c)] = mass;
      continue;
    }
    float smooth = others && c == t ? 0 : share;
    if (c == t) smooth = m.share_on_target(smooth);
    mass *= m.label_share(alpha);
    if (c == t) masses.hard = mass;
    const xent_smoothing_weights rule = p.conventions.smoothing_weights;
    if (rule == XENT_SMOOTH_WEIGHTED) smooth *= m.share_weight(weight(c));
    if (rule == XENT_SMOOTH_BY_TARGET) smooth *= weight(t);
    masses.a[at(c)] = mass + smooth;
  }
  masses.total = sum_in(m.order(), masses.a);
  return masses;
}

SoundSoftmax::SoundSoftmax(const Pieces& m, const xent_problem& p, const Row& row) : m_(m), p_(p), row_(row) {
  for (std::int64_t c = 0; c < row.classes; ++c) {
    float z = row.x[c];
    if (p.scale != 0) z = m.scaled(z, static_cast<float>(p.scale));
    if (p.temperature != 0) z = m.tempered(z, static_cast<float>(p.temperature));
    if (p.softcap != 0) z = m.capped(z, static_cast<float>(p.softcap));
    z_.push_back(z);
  }
  row_.x = z_.data();
  row_.target = row.p == nullptr && row.target >= 0 ? m.target_used(row.target, row.classes) : -1;
  max_ = m.maximum(row_);
  if (is_undefined()) return;
  if (m.is_online()) {
    sum_online();
  } else {
    sum_two_passes();
  }
}

void SoundSoftmax::sum_two_passes() {
  const float padding = m_.padding(row_.classes, max_);
  sum_ = sum_without(-1) + padding;
  tail_ = sum_without(row_.target >= 0 ? row_.target : leader()) + padding;
}

std::int64_t SoundSoftmax::leader() const {
  return std::find(z_.begin(), z_.end(), max_) - z_.begin();
}

float SoundSoftmax::sum_without(std::int64_t hidden) const {
  std::vector<float> terms;
  for (std::int64_t c = 0; c < m_.classes_read(row_.classes); ++c) {
    if (c != hidden) terms.push_back(m_.exponential(z_[at(c)] - max_));
  }
  if (m_.order() != Order::sequential) return sum_in(m_.order(), terms);
  return std::accumulate(terms.begin(), terms.end(), 0.0F, m_.add);
}

void SoundSoftmax::sum_online() {
  float running = -HUGE_VALF;
  for (std::int64_t begin = 0; begin < row_.classes; begin += m_.block()) {
    const auto block = std::span(z_).subspan(at(begin));
    const auto here = block.first(std::min(block.size(), at(m_.block())));
    const float largest = *std::max_element(here.begin(), here.end());
    if (largest > running) {
      if (sum_ > 0) sum_ = m_.rescaled(sum_, running, largest);
      running = largest;
    }
    for (const float z : here) {
      if (z != -HUGE_VALF) sum_ = m_.add(sum_, m_.exponential(z - running));
    }
  }
}

float SoundSoftmax::surprisal(std::int64_t c) const {
  if (c == row_.target && is_confident(c)) return m_.log_one_plus(tail_);
  return m_.combine(max_, sum_, z_[at(c)]);
}

// mass times -ln p_c.
float SoundSoftmax::term(std::int64_t c, float mass) const {
  if (mass != 0) return mass == 1 ? surprisal(c) : mass * surprisal(c);
  return z_[at(c)] == -HUGE_VALF ? m_.nothing_times_infinity() : 0;
}

float SoundSoftmax::cross_entropy(const SoundMasses& masses) const {
  if (is_undefined()) return std::nanf("");
  if (masses.is_single) return term(row_.target, masses.a[at(row_.target)]);
  std::vector<float> terms;
  for (std::int64_t c = 0; c < row_.classes; ++c) terms.push_back(term(c, masses.a[at(c)]));
  return sum_in(m_.order(), terms);
}

float SoundSoftmax::log_sum_exp() const {
  if (max_ == -HUGE_VALF) return max_;
  return is_undefined() ? std::nanf("") : max_ + std::log(sum_);
}

float SoundSoftmax::log_probability(std::int64_t c) const {
  if (is_undefined()) return std::nanf("");
  return is_confident(c) ? -m_.log_one_plus(tail_) : -m_.combine(max_, sum_, z_[at(c)]);
}

float SoundSoftmax::probability(std::int64_t c) const {
  if (is_undefined()) return std::nanf("");
  return m_.probability(m_.exponential(z_[at(c)] - max_), sum_, z_[at(c)], max_);
}

float SoundSoftmax::z_loss() const {
  return lambda() == 0 ? 0 : m_.z_term(lambda(), log_sum_exp());
}

float SoundSoftmax::derivative(std::int64_t c, const SoundMasses& masses, float factor,
                               float z_factor) const {
  if (is_undefined()) return std::nanf("");
  const float z = z_[at(c)];
  if (z == -HUGE_VALF) return m_.masked_entry(row_.x[c] - max_);
  const float p = probability(c);
  const bool is_usual = m_.complement_is_usual() || (masses.is_single && is_confident(c));
  const bool complement = c == row_.target && is_usual && m_.gradient_is_complement();
  float g = complement ? ((masses.total - masses.hard) * p - (masses.a[at(c)] - masses.hard)) -
                             masses.hard * (tail_ / sum_)
                       : m_.mass_times_p(masses.total, p) - m_.subtracted(masses.a, c, row_);
  g *= factor;
  if (lambda() != 0) g += z_factor * m_.z_slope(lambda(), log_sum_exp(), p);
  const float scale = p_.scale != 0 ? static_cast<float>(p_.scale) : 1;
  const float temperature = p_.temperature != 0 ? static_cast<float>(p_.temperature) : 1;
  if (scale != 1 || temperature != 1) g *= m_.map_slope(scale, temperature);
  if (p_.softcap != 0) g *= m_.cap_slope(z, static_cast<float>(p_.softcap));
  return m_.finished(g);
}

float sound_distribution_loss(const Pieces& m, const xent_problem& p, const Row& row) {
  const std::string_view loss = p.loss;
  for (std::int64_t c = 0; c < row.classes; ++c) {
    if (std::isnan(row.x[c])) return std::nanf("");
  }
  const auto sum = [&](auto term) {
    std::vector<float> terms;
    for (std::int64_t c = 0; c < row.classes; ++c) terms.push_back(term(c));
    return sum_in(m.order(), terms);
  };
  if (loss == "entropy") return sum([&](std::int64_t c) { return m.entropy_term(row.x[c]); });
  if (is_kl(loss)) return sum([&](std::int64_t c) { return m.kl_term(row.p[c], row.x[c]); });
  const SoundMasses masses = sound_masses(m, p, row, Use::loss);
  if (masses.is_single) {
    const std::int64_t t = m.target_used(row.target, row.classes);
    const float mass = masses.a[at(t)];
    return mass == 0 ? 0 : mass * m.surprisal(row.x[t]);
  }
  return sum([&](std::int64_t c) { return m.cross_term(masses.a[at(c)], row.x[c]); });
}

float sound_distribution_derivative(const xent_problem& p, const Row& row, const SoundMasses& masses,
                                    std::int64_t c) {
  const std::string_view loss = p.loss;
  const float q = row.x[c];
  if (loss == "entropy") return -(std::log(q) + 1);
  const float mass = is_kl(loss) ? row.p[c] : masses.a[at(c)];
  return mass == 0 ? 0 : -mass / q;
}

}  // namespace xent::properties
