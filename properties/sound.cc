#include "properties/sound.h"

#include <string_view>

#include "properties/sound_row.h"

namespace xent::properties {
namespace {

class Engine {
 public:
  Engine(const Pieces& pieces, const xent_problem& problem, xent_result& result)
      : m_(pieces), p_(problem), result_(result), loss_(problem.loss) {}

  xent_status compute() {
    if (p_.rows < 0 || p_.classes < 1 || p_.input.data == nullptr) return XENT_INVALID;
    if (!is_supported()) return XENT_UNSUPPORTED;
    count();
    const std::int64_t rows = m_.rows_done(p_.rows, p_.threads);
    for (std::int64_t r = 0; r < rows; ++r) {
      if (const xent_status status = do_row(r); status != XENT_OK) return status;
    }
    if (!is_matrix() && p_.reduction != XENT_NONE) {
      const float loss = reduced();
      store(0, loss);
      if (loss_ == "perplexity" && result_.grad.data != nullptr) multiply_gradient(m_.power_slope(loss));
    }
    m_.after(p_, result_);
    return XENT_OK;
  }

 private:
  bool is_supported() const {
    const auto binary32 = [](const xent_tensor& x) { return x.data == nullptr || x.format == XENT_BINARY32; };
    const bool defaults = p_.conventions.clip == 0 && p_.conventions.normalise == 0;
    return binary32(p_.input) && binary32(p_.target_probs) && binary32(p_.class_weights) &&
           binary32(p_.sample_weights) && binary32(p_.upstream) && p_.input.class_stride == 1 &&
           result_.loss.format == XENT_BINARY32 && result_.target_grad.data == nullptr &&
           (result_.grad.data == nullptr || result_.grad.format == XENT_BINARY32) && defaults;
  }

  bool is_matrix() const { return loss_ == "softmax" || loss_ == "log_softmax"; }

  Row row_of(std::int64_t r) const {
    Row row;
    row.x = static_cast<const float*>(p_.input.data) + m_.row_offset(r, m_.stride(p_.input, p_.classes));
    if (p_.target_probs.data != nullptr)
      row.p = static_cast<const float*>(p_.target_probs.data) + r * p_.target_probs.row_stride;
    row.classes = p_.classes;
    return row;
  }

  std::int64_t target_of(std::int64_t r) const {
    if (p_.targets.data == nullptr) return -1;
    const std::int64_t at = r * p_.targets.row_stride;
    return p_.targets.format == XENT_INT64 ? static_cast<const std::int64_t*>(p_.targets.data)[at]
                                           : static_cast<const std::int32_t*>(p_.targets.data)[at];
  }

  bool is_ignored(std::int64_t r) const {
    return p_.targets.data != nullptr && m_.is_ignored(p_, target_of(r));
  }

  float sample_weight(std::int64_t r) const {
    return m_.sample_weight(sound_weight(p_.sample_weights, r, p_.sample_weights.row_stride));
  }

  double label_weight(std::int64_t r) const {
    const auto weight = [&](std::int64_t c) {
      return sound_weight(p_.class_weights, c, p_.class_weights.class_stride);
    };
    if (p_.targets.data != nullptr) {
      const std::int64_t t = target_of(r);
      return t < 0 || t >= p_.classes ? 0 : weight(t);
    }
    const Row row = row_of(r);
    if (row.p == nullptr) return 1;
    double total = 0;
    for (std::int64_t c = 0; c < p_.classes; ++c) total += static_cast<double>(weight(c)) * row.p[c];
    return total;
  }

  void count() {
    counts_.rows = static_cast<double>(p_.rows);
    counts_.classes = static_cast<double>(p_.classes);
    counts_.given = p_.conventions.denominator_value;
    counts_.asked = p_.conventions.denominator;
    for (std::int64_t c = 0; c < p_.classes; ++c)
      counts_.all_class_weights += sound_weight(p_.class_weights, c, p_.class_weights.class_stride);
    for (std::int64_t r = 0; r < p_.rows; ++r) {
      if (is_ignored(r)) {
        counts_.ignored_weights += sound_weight(p_.class_weights, 0, 1);
        continue;
      }
      counts_.valid += 1;
      counts_.weights += sample_weight(r) * label_weight(r);
    }
    divisor_ = p_.reduction == XENT_MEAN ? m_.divisor(counts_) : 1;
    z_divisor_ =
        p_.reduction == XENT_MEAN && p_.conventions.z_loss_over_valid_rows != 0 ? counts_.valid : divisor_;
    is_empty_ = p_.reduction == XENT_MEAN && (counts_.valid == 0 || divisor_ == 0);
  }

  xent_status do_row(std::int64_t r) {
    Row row = row_of(m_.row_used(r, p_.rows));
    row.target = target_of(r);
    if (is_ignored(r)) {
      ignore(r, row);
      return XENT_OK;
    }
    if (p_.targets.data != nullptr && (row.target < 0 || row.target >= p_.classes)) {
      float loss = 0;
      const xent_status status = m_.bad_target(loss);
      if (status == XENT_OK) keep(r, loss, 0);
      return status;
    }
    if (p_.input_space == XENT_LOGITS) {
      const SoundSoftmax softmax(m_, p_, row);
      if (is_matrix()) return entries(r, softmax);
      const bool labelled = loss_ != "log_sum_exp";
      const float loss =
          labelled ? softmax.cross_entropy(sound_masses(m_, p_, row, Use::loss)) : softmax.log_sum_exp();
      keep(r, weighted(r, loss), labelled ? weighted(r, softmax.z_loss()) : 0);
      if (result_.grad.data != nullptr) logit_gradient(r, row, softmax);
    } else {
      keep(r, weighted(r, sound_distribution_loss(m_, p_, row)), 0);
      if (result_.grad.data != nullptr) probability_gradient(r, row);
    }
    return XENT_OK;
  }

  float weighted(std::int64_t r, float loss) const {
    const float weight = sample_weight(r);
    return weight == 0 && std::isinf(loss) ? 0 : weight * loss;
  }

  void ignore(std::int64_t r, const Row& row) {
    Row uniform = row;
    uniform.target = 0;
    const float nothing = m_.ignored_loss(1);
    float loss = 0;
    if (nothing != 0 && p_.label_smoothing != 0) {
      SoundMasses share = sound_masses(m_, p_, uniform, Use::loss);
      share.a[0] = share.a.back();
      loss = nothing * SoundSoftmax(m_, p_, uniform).cross_entropy(share);
    }
    if (p_.reduction != XENT_NONE) {
      losses_.push_back(loss);
    } else if (m_.writes_ignored()) {
      store(r, loss);
    }
    if (result_.grad.data == nullptr) return;
    if (m_.ignored_has_gradient()) {
      logit_gradient(r, uniform, SoundSoftmax(m_, p_, uniform));
    } else {
      for (std::int64_t c = 0; c < p_.classes; ++c) entry(r, c) = 0;
    }
  }

  void keep(std::int64_t r, float loss, float z_loss) {
    if (p_.reduction == XENT_NONE) {
      store(r, m_.in_base(loss + z_loss, p_.base));
    } else if (z_divisor_ == divisor_) {
      losses_.push_back(loss + z_loss);
    } else {
      losses_.push_back(loss);
      z_losses_.push_back(z_loss);
    }
  }

  float reduced() const {
    if (is_empty_) return m_.mean_of_nothing();
    float total = m_.mean_of(losses_, divisor_);
    if (!z_losses_.empty()) total += m_.mean_of(z_losses_, z_divisor_);
    return loss_ == "perplexity" ? m_.exponentiate(total) : m_.in_base(total, p_.base);
  }

  xent_status entries(std::int64_t r, const SoundSoftmax& softmax) {
    for (std::int64_t c = 0; c < p_.classes; ++c) {
      float& out =
          static_cast<float*>(result_.loss.data)[r * result_.loss.row_stride + c * result_.loss.class_stride];
      out = loss_ == "softmax" ? softmax.probability(c) : m_.in_base(softmax.log_probability(c), p_.base);
    }
    return XENT_OK;
  }

  // What the derivatives of a row are multiplied by.
  float factor(std::int64_t r, double divisor) const {
    const float product = sample_weight(r) * m_.upstream(p_, r);
    const float quotient = product / static_cast<float>(m_.gradient_divisor(divisor, p_));
    return loss_ == "perplexity" ? quotient : m_.in_base(quotient, p_.base);
  }

  void logit_gradient(std::int64_t r, const Row& row, const SoundSoftmax& softmax) {
    SoundMasses masses;
    if (loss_ == "log_sum_exp") {
      masses.a.assign(static_cast<std::size_t>(p_.classes), 0);
      masses.total = 1;
    } else {
      masses = sound_masses(m_, p_, row, Use::gradient);
    }
    if (p_.conventions.gradient_of_unit_mass != 0) masses.total = 1;
    for (std::int64_t c = 0; c < p_.classes; ++c) {
      entry(r, c) = is_empty_ ? m_.mean_of_nothing()
                              : softmax.derivative(c, masses, factor(r, divisor_), factor(r, z_divisor_));
    }
  }

  void probability_gradient(std::int64_t r, const Row& row) {
    const bool labelled =
        loss_ == "nll" || loss_ == "cross_entropy" || loss_ == "sequence" || loss_ == "perplexity";
    const SoundMasses masses = labelled ? sound_masses(m_, p_, row, Use::gradient) : SoundMasses();
    const bool undefined = std::any_of(row.x, row.x + row.classes, [](float q) { return std::isnan(q); });
    for (std::int64_t c = 0; c < p_.classes; ++c) {
      const float f = factor(r, divisor_);
      const float slope = undefined ? std::nanf("") : sound_distribution_derivative(p_, row, masses, c);
      const float product = f == 0 && std::isinf(slope) ? 0 : f * slope;
      entry(r, c) = is_empty_ ? m_.mean_of_nothing() : m_.finished(product);
    }
  }

  // The derivatives of e^L from those of L.
  void multiply_gradient(float perplexity) {
    for (std::int64_t r = 0; r < p_.rows; ++r) {
      for (std::int64_t c = 0; c < p_.classes; ++c) {
        float& derivative = entry(r, c);
        if (!is_ignored(r)) derivative *= perplexity;
      }
    }
  }

  float& entry(std::int64_t r, std::int64_t c) {
    const xent_output& grad = result_.grad;
    return static_cast<float*>(grad.data)[r * m_.grad_stride(grad, p_.classes) + c * grad.class_stride];
  }

  void store(std::int64_t r, float value) {
    static_cast<float*>(result_.loss.data)[r * result_.loss.row_stride] = value;
  }

  const Pieces& m_;
  const xent_problem& p_;
  xent_result& result_;
  std::string_view loss_;
  Counts counts_;
  double divisor_ = 1;
  double z_divisor_ = 1;
  bool is_empty_ = false;
  std::vector<float> losses_;
  std::vector<float> z_losses_;
};

}  // namespace

xent_status run(const Pieces& pieces, const xent_problem* problem, xent_result* result) {
  return Engine(pieces, *problem, *result).compute();
}

}  // namespace xent::properties
