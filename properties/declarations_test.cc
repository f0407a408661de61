// Whoever answers every question rightly conforms, whatever he declares: parts of the catalogue drawn at
// random, of losses, formats, reductions, options and conventions. A law that takes for granted what not
// everyone declares, or what not every format holds, accuses such a subject, or has nothing to ask it.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "properties/declaration.h"
#include "properties/declaration_line.h"
#include "properties/judge.h"
#include "properties/report.h"
#include "properties/right.h"
#include "properties/testing.h"

namespace xent::properties {
namespace {

// Enough trials that a law which can be put to a declaration is.
constexpr int kTrialsOfEach = 20;
#ifdef XENT_SANITIZED
constexpr int kDeclarations = 5;
#else
constexpr int kDeclarations = 30;
#endif
CheckOptions options_of(std::uint64_t seed) {
  CheckOptions options;
  options.level = Level::smoke;
  options.seed = seed;
  options.shrink_budget = 0;
  options.most_trials = std::getenv("XENT_DECLARATIONS") == nullptr ? kTrialsOfEach : 0;
  return options;
}

// What is wrong with the verdicts on right answers; empty if nothing is.
std::string accusations(const Report& report) {
  std::ostringstream text;
  for (const LawVerdict& verdict : report.laws) {
    const bool tested_nothing = verdict.reason.starts_with("tested nothing");
    const bool is_skipped = verdict.kind == LawVerdict::Kind::skip && !tested_nothing;
    if (verdict.kind == LawVerdict::Kind::pass || is_skipped) continue;
    text << verdict.law->id << ": " << verdict.reason;
    if (!verdict.failures.empty()) text << verdict.failures[0].message;
    text << "\n";
  }
  return text.str();
}

// XENT_DECLARATIONS=500 asks for that many, with all inputs of a smoke run.
int number_of_declarations() {
  const char* const more = std::getenv("XENT_DECLARATIONS");
  return more == nullptr ? kDeclarations : std::atoi(more);
}

class EveryDeclaration : public testing::TestWithParam<int> {};

TEST_P(EveryDeclaration, ConformsWhereAllAnswersAreRight) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const Drawn drawn = drawn_declaration(seed);
  const auto right = std::make_shared<Right>(drawn.claims, drawn.conventions);
  ASSERT_FALSE(validate(right->declaration()).has_value());
  EXPECT_EQ(accusations(check(Subject(right), options_of(seed))), "")
      << write_declaration(right->declaration());
}

LawVerdict::Kind verdict_on(const xent_claim& claim, const char* law) {
  CheckOptions options = options_of(1);
  options.only_law = law;
  return check(Subject(std::make_shared<Right>(std::vector{claim})), options).laws.at(0).kind;
}

TEST(Declaration, MayHaveLossesInAFormatThatItTakesNoLogitsIn) {
  const std::pair<xent_format, xent_format> formats[] = {
      {XENT_BFLOAT16, XENT_BINARY32}, {XENT_BINARY32, XENT_BINARY64}, {XENT_BINARY64, XENT_BFLOAT16}};
  for (const auto& [in, out] : formats) {
    xent_claim claim = kPlainClaim;
    claim.input_formats = XENT_BIT(in);
    claim.loss_formats = XENT_BIT(out);
    EXPECT_EQ(verdict_on(claim, "big_gap"), LawVerdict::Kind::pass) << in << " " << out;
  }
}

// Whether a law is heard of three claims, of rows of P and Q, whose formats are these.
LawVerdict::Kind gibbs(std::uint32_t of_q, std::uint32_t of_p, std::uint32_t of_entropy) {
  xent_claim claim = kPlainClaim;
  claim.input_spaces = XENT_BIT(XENT_PROBABILITIES);
  claim.options = 0;
  claim.input_formats = of_q;
  claim.target_formats = of_p;
  std::vector<xent_claim> claims(3, claim);
  claims[0].loss = "kl";
  claims[1].loss = "cross_entropy";
  claims[2].loss = "entropy";
  claims[2].input_formats = of_entropy;
  CheckOptions options = options_of(1);
  options.only_law = "gibbs";
  return check(Subject(std::make_shared<Right>(claims)), options).laws.at(0).kind;
}

TEST(Declaration, MayHaveDivergencesAndEntropiesOfOtherFormats) {
  constexpr std::uint32_t kSingle = XENT_BIT(XENT_BINARY32);
  constexpr std::uint32_t kDouble = XENT_BIT(XENT_BINARY64);
  EXPECT_EQ(gibbs(kSingle, kSingle, kSingle), LawVerdict::Kind::pass);
  EXPECT_EQ(gibbs(kSingle, kDouble, kDouble), LawVerdict::Kind::pass);
  EXPECT_EQ(gibbs(kSingle, kDouble, kSingle), LawVerdict::Kind::skip);
}

TEST(Declaration, MayHaveGradientsThatOverflow) {
  xent_claim claim = kPlainClaim;
  claim.loss = "perplexity";
  claim.input_formats = claim.loss_formats = XENT_BIT(XENT_BINARY64);
  claim.grad_formats = XENT_BIT(XENT_BINARY16);
  claim.reductions = XENT_BIT(XENT_MEAN);
  claim.options = XENT_BIT(XENT_OPTION_SCALE);
  EXPECT_EQ(verdict_on(claim, "convex_bracket"), LawVerdict::Kind::pass);
}

TEST(Declaration, MayHaveGradientsOfRowsAloneOrOfMeansAlone) {
  xent_claim claim = kPlainClaim;
  claim.grad_formats = claim.loss_formats;
  for (const char* loss : {"softmax_cross_entropy", "log_sum_exp"}) {
    for (const xent_reduction reduction : {XENT_NONE, XENT_SUM, XENT_MEAN}) {
      claim.loss = loss;
      claim.reductions = XENT_BIT(reduction);
      for (const char* law : {"gradient_sum", "convex_bracket"})
        EXPECT_EQ(verdict_on(claim, law), LawVerdict::Kind::pass) << law << " " << loss << " " << reduction;
    }
  }
}

TEST(Declaration, MayHaveAnIgnoreIndexWithoutHardLabels) {
  xent_claim claim = kPlainClaim;
  claim.options = XENT_BIT(XENT_OPTION_SOFT_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);
  claim.target_formats = XENT_BIT(XENT_BINARY32);
  EXPECT_EQ(verdict_on(claim, "ignored_rows"), LawVerdict::Kind::skip);
}

TEST(Declaration, IsRefusedWhereOverflowIsNotANumber) {
  xent_claim claim = kPlainClaim;
  claim.loss_formats = XENT_BIT(XENT_FP8_E4M3);
  const auto error = validate(Right({claim}).declaration());
  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->message.find("formats with infinities"), std::string::npos) << error->message;
}

INSTANTIATE_TEST_SUITE_P(Judge, EveryDeclaration, testing::Range(0, number_of_declarations()));

}  // namespace
}  // namespace xent::properties
