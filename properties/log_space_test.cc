// Losses of distributions that are given as logarithms: textbook code passes, and what is commonly wrong does
// not.

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "properties/judge.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

constexpr std::uint32_t kBinary32 = XENT_BIT(XENT_BINARY32);

constexpr xent_claim log_claim(const char* loss) {
  return {loss,
          XENT_BIT(XENT_LOG_PROBABILITIES),
          kBinary32,
          kBinary32,
          kBinary32,
          kBinary32,
          XENT_BIT(XENT_NONE),
          0,
          0,
          "lse",
          XENT_SEQUENTIAL,
          XENT_BINARY32,
          0,
          0};
}
constexpr xent_claim kLogClaims[] = {log_claim("entropy"), log_claim("cross_entropy"), log_claim("kl"),
                                     log_claim("generalised_kl")};

// What one class adds to a loss, and its derivative by the logarithm lq of the input: of P, for entropy.
struct Term {
  float loss;
  float derivative;
};
using TermOf = Term (*)(std::string_view loss, float p, float lq);

Term textbook(std::string_view loss, float p, float lq) {
  const float q = std::exp(lq);
  if (loss == "entropy") return q == 0 ? Term{0, 0} : Term{-q * lq, -q * (lq + 1)};
  if (loss == "cross_entropy") return {p == 0 ? 0 : -p * lq, -p};
  const float divergence = p == 0 ? 0 : p * (std::log(p) - lq);
  return loss == "kl" ? Term{divergence, -p} : Term{divergence - p + q, q - p};
}

Term without_zeros(std::string_view loss, float p, float lq) {
  const float q = std::exp(lq);
  return loss == "entropy" ? Term{-q * lq, -q * (lq + 1)} : textbook(loss, p, lq);
}

Term of_normalised(std::string_view loss, float p, float lq) {
  return loss == "generalised_kl" ? textbook("kl", p, lq) : textbook(loss, p, lq);
}

Term read_as_probabilities(std::string_view loss, float p, float lq) {
  return loss == "entropy" && lq < 0 ? Term{-lq * std::log(-lq), -std::log(-lq) - 1} : textbook(loss, p, lq);
}

Term by_probability(std::string_view loss, float p, float lq) {
  Term term = textbook(loss, p, lq);
  if (loss == "entropy") term.derivative = -lq - 1;
  return term;
}

Term derivative_of_kl(std::string_view loss, float p, float lq) {
  Term term = textbook(loss, p, lq);
  if (loss == "generalised_kl") term.derivative = -p;
  return term;
}

template <TermOf term_of>
xent_status compute(const xent_problem* problem, xent_result* result) {
  for (std::int64_t r = 0; r < problem->rows; ++r) {
    const auto* input = static_cast<const float*>(problem->input.data) + r * problem->input.row_stride;
    const auto* p = static_cast<const float*>(problem->target_probs.data);
    if (p != nullptr) p += r * problem->target_probs.row_stride;
    float loss = 0;
    bool is_undefined = false;
    for (std::int64_t c = 0; c < problem->classes; ++c) {
      const Term term = term_of(problem->loss, p == nullptr ? 0 : p[c], input[c]);
      loss += term.loss;
      is_undefined |= std::isnan(input[c]) || (p != nullptr && std::isnan(p[c]));
      if (result->grad.data != nullptr)
        static_cast<float*>(result->grad.data)[r * result->grad.row_stride + c] = term.derivative;
    }
    static_cast<float*>(result->loss.data)[r * result->loss.row_stride] = is_undefined ? std::nanf("") : loss;
    for (std::int64_t c = 0; is_undefined && result->grad.data != nullptr && c < problem->classes; ++c)
      static_cast<float*>(result->grad.data)[r * result->grad.row_stride + c] = std::nanf("");
  }
  return XENT_OK;
}

Report judged(xent_status (*function)(const xent_problem*, xent_result*)) {
  const xent_implementation implementation = {
      XENT_ABI_VERSION, std::size(kLogClaims), "log space", "1", kLogClaims, {}, function};
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = 20240607;
  return check(implementation, options);
}

TEST(LogSpace, AcceptsTextbookCode) {
  const Report report = judged(compute<textbook>);
  EXPECT_TRUE(report.conforms()) << text_report(report);
}

TEST(LogSpace, RejectsWhatIsCommonlyWrong) {
  EXPECT_FALSE(judged(compute<without_zeros>).conforms());
  EXPECT_FALSE(judged(compute<of_normalised>).conforms());
  EXPECT_FALSE(judged(compute<read_as_probabilities>).conforms());
  EXPECT_FALSE(judged(compute<by_probability>).conforms());
  EXPECT_FALSE(judged(compute<derivative_of_kl>).conforms());
}

}  // namespace
}  // namespace xent::properties
