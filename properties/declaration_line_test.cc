#include "properties/declaration_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "fast/implementations.h"
#include "properties/declaration.h"
#include "properties/mutants.h"
#include "properties/testing.h"

namespace xent::properties {
namespace {

std::shared_ptr<const xent_implementation> read(const std::string& line) {
  const auto declared = read_declaration(line);
  EXPECT_TRUE(declared.has_value()) << declared.error().message;
  return declared ? *declared : nullptr;
}

std::string error_of(const std::string& line) {
  const auto declared = read_declaration(line);
  return declared ? "" : declared.error().message;
}

TEST(DeclarationLine, GivesBackWhatWasDeclared) {
  std::vector<const xent_implementation*> all = {fast::fast_implementation(), fast::correct_implementation(),
                                                 fast::stable_implementation(), fast::naive_implementation()};
  for (const Mutant& mutant : mutants()) all.push_back(mutant.implementation);
  for (const xent_implementation* implementation : all) {
    const std::string line = write_declaration(*implementation);
    const auto declared = read(line);
    ASSERT_NE(declared, nullptr);
    EXPECT_EQ(write_declaration(*declared), line);
    EXPECT_EQ(std::memcmp(&declared->conventions, &implementation->conventions, sizeof(xent_conventions)), 0);
    ASSERT_EQ(declared->claim_count, implementation->claim_count);
    for (std::uint32_t i = 0; i < declared->claim_count; ++i) {
      const xent_claim& a = declared->claims[i];
      const xent_claim& b = implementation->claims[i];
      EXPECT_STREQ(a.loss, b.loss);
      EXPECT_STREQ(a.grade, b.grade);
      EXPECT_EQ(a.input_spaces, b.input_spaces);
      EXPECT_EQ(a.input_formats, b.input_formats);
      EXPECT_EQ(a.target_formats, b.target_formats);
      EXPECT_EQ(a.loss_formats, b.loss_formats);
      EXPECT_EQ(a.grad_formats, b.grad_formats);
      EXPECT_EQ(a.reductions, b.reductions);
      EXPECT_EQ(a.options, b.options);
      EXPECT_EQ(a.guarantees, b.guarantees);
      EXPECT_EQ(a.summation, b.summation);
      EXPECT_EQ(a.compute_format, b.compute_format);
      EXPECT_EQ(a.exp_error, b.exp_error);
      EXPECT_EQ(a.log_error, b.log_error);
    }
  }
}

TEST(DeclarationLine, TakesSilenceForTheOrdinary) {
  const auto declared = read(R"({"declare":"mine","claims":[{"loss":"softmax_cross_entropy"},{"loss":"kl"},)"
                             R"({"loss":"perplexity"}]})");
  ASSERT_NE(declared, nullptr);
  EXPECT_STREQ(declared->name, "mine");
  ASSERT_EQ(declared->claim_count, 3U);
  const xent_claim& loss = declared->claims[0];
  EXPECT_EQ(loss.input_spaces, XENT_BIT(XENT_LOGITS));
  EXPECT_EQ(loss.input_formats, XENT_BIT(XENT_BINARY64));
  EXPECT_EQ(loss.loss_formats, XENT_BIT(XENT_BINARY64));
  EXPECT_EQ(loss.grad_formats, 0U);
  EXPECT_EQ(loss.reductions, XENT_BIT(XENT_NONE));
  EXPECT_EQ(loss.options, XENT_BIT(XENT_OPTION_HARD_TARGETS));
  EXPECT_STREQ(loss.grade, "shifted");
  EXPECT_EQ(declared->claims[1].input_spaces, XENT_BIT(XENT_PROBABILITIES));
  EXPECT_EQ(declared->claims[2].reductions, XENT_BIT(XENT_MEAN));
}

TEST(DeclarationLine, RefusesWhatItDoesNotKnowAndSaysWhatItAccepts) {
  const struct {
    const char* line;
    std::vector<std::string> named;
  } kBad[] = {
      {"hello", {"line", "JSON"}},
      {"{}", {"declare"}},
      {R"({"declare":"mine"})", {"claims"}},
      {R"({"declare":"mine","claims":[]})", {"claims", "at least one"}},
      {R"({"declare":"mine","claims":7})", {"claims", "array"}},
      {R"({"declare":"mine","claims":[{}]})", {"claims[0].loss"}},
      {R"({"declare":"mine","claims":[{"loss":"hinge"}]})", {"claims[0].loss", "hinge", "xent list losses"}},
      {R"({"declare":"mine","claims":[{"loss":"kl","grade":"good"}]})", {"grade", "good", "shifted"}},
      {R"({"declare":"mine","claims":[{"loss":"kl","options":["speed"]}]})",
       {"claims[0].options", "speed", "temperature"}},
      {R"({"declare":"mine","claims":[{"loss":"kl","exp_error":"1e15"}]})",
       {"'kl'", "exp_error", "1000000000000000",
        "0, which means 2, to 67108864, half of the digits of binary64"}},
      {R"({"declare":"mine","claims":[{"loss":"kl","log_error":"-1"}]})", {"'kl'", "log_error", "-1", "0,"}},
      {R"({"declare":"mine","claims":[{"loss":"kl","compute_format":"int32"}]})",
       {"'kl'", "compute_format", "5", "0 (the input format), ", "3 (binary32)"}},
      {R"({"declare":"mine","claims":[{"loss":"kl","formats":[]}]})", {"claims[0].formats", "loss_formats"}},
      {R"({"declare":"mine","claims":[{"loss":"kl"}],"conventions":{"clip":"no"}})", {"conventions.clip"}}};
  for (const auto& bad : kBad) {
    const std::string error = error_of(bad.line);
    for (const std::string& word : bad.named)
      EXPECT_NE(error.find(word), std::string::npos) << bad.line << ": " << error;
  }
}

TEST(Declaration, NeedsALossThatIsKnown) {
  xent_claim claims[] = {kPlainClaim, kPlainClaim};
  claims[0].loss = "hinge";
  claims[1].loss = "focal";
  xent_implementation implementation = *fast::correct_implementation();
  implementation.claims = claims;
  implementation.claim_count = 2;
  const auto error = validate(implementation);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message,
            "claims: losses: 'hinge', 'focal' is not accepted; accepted: at least one name of `xent list "
            "losses` among them");
  claims[1].loss = "log_sum_exp";
  EXPECT_FALSE(validate(implementation));
}

std::string error_with(void (*change)(xent_claim&)) {
  xent_claim claim = kPlainClaim;
  change(claim);
  xent_implementation implementation = *fast::correct_implementation();
  implementation.claims = &claim;
  implementation.claim_count = 1;
  const auto error = validate(implementation);
  return error ? error->message : "";
}

TEST(Declaration, RefusesClaimsThatLeaveNothingToAsk) {
  const std::string field = "claim for 'softmax_cross_entropy': ";
  EXPECT_EQ(error_with([](xent_claim& claim) { claim.input_spaces = XENT_BIT(XENT_PROBABILITIES); }),
            field + "input_spaces: probabilities is not accepted; accepted: logits");
  EXPECT_EQ(error_with([](xent_claim& claim) { claim.reductions = 0; }),
            field + "reductions: nothing is not accepted; accepted: none, sum, mean");
  EXPECT_EQ(error_with([](xent_claim& claim) { claim.options = XENT_BIT(XENT_OPTION_BASE); }),
            field + "options: no targets is not accepted; accepted: hard_targets, soft_targets or both");
  EXPECT_EQ(
      error_with([](xent_claim& claim) { claim.target_formats = XENT_BIT(XENT_BINARY32); }),
      field + "target_formats: no integers is not accepted; accepted: int32 or int64, for hard targets");
  EXPECT_EQ(
      error_with([](xent_claim& claim) { claim.options |= XENT_BIT(XENT_OPTION_SOFT_TARGETS); }),
      field + "target_formats: no floats is not accepted; accepted: formats of floats, for soft targets");
  EXPECT_EQ(
      error_with([](xent_claim& claim) {
        claim.loss = "kl";
        claim.options = 0;
        claim.input_spaces = XENT_BIT(XENT_PROBABILITIES);
      }),
      "claim for 'kl': target_formats: no floats is not accepted; accepted: formats of floats, for soft "
      "targets");
  EXPECT_EQ(error_with([](xent_claim& claim) {
              claim.loss = "perplexity";
              claim.reductions = XENT_BIT(XENT_NONE);
            }),
            "claim for 'perplexity': reductions: none is not accepted; accepted: mean");
}

// From a library, whose numbers have no names.
TEST(Declaration, RefusesConstantsThatNoCodeCanMean) {
  const std::string field = "claim for 'softmax_cross_entropy': ";
  EXPECT_TRUE(error_with([](xent_claim& claim) {
                claim.compute_format = 77;
              }).starts_with(field + "compute_format: 77 is not accepted; accepted: 0 (the input format), "));
  EXPECT_EQ(error_with([](xent_claim& claim) { claim.summation = 9; }),
            field + "summation: 9 is not accepted; accepted: 0 (sequential), 1 (pairwise), 2 (compensated)");
  EXPECT_EQ(error_with([](xent_claim& claim) { claim.exp_error = std::nan(""); }),
            field +
                "exp_error: nan is not accepted; accepted: 0, which means 2, to 4096, half of the digits of "
                "binary32");
  EXPECT_NE(error_with([](xent_claim& claim) { claim.log_error = HUGE_VAL; }), "");
  EXPECT_NE(error_with([](xent_claim& claim) { claim.log_error = 4097; }), "");
  EXPECT_EQ(error_with([](xent_claim& claim) { claim.log_error = 4096; }), "");
  // Of several input formats, the narrowest.
  EXPECT_NE(error_with([](xent_claim& claim) {
              claim.input_formats |= XENT_BIT(XENT_BFLOAT16);
              claim.log_error = 17;
            }),
            "");
}

}  // namespace
}  // namespace xent::properties
