#include "properties/subject.h"

#include <gtest/gtest.h>

#include <cstring>

#include "properties/testing.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

Problem two_rows() {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 2;
  p.classes = 3;
  p.input = {Number(1.0), Number(2.0), Number(3.0), Number(4.0), Number(5.0), Number(6.0)};
  p.targets = {2, 0};
  p.input_format = XENT_BINARY32;
  p.loss_format = XENT_BINARY32;
  return p;
}

using Compute = xent_status (*)(const xent_problem*, xent_result*);

Response run(Compute compute, const Layout& layout) {
  const xent_implementation implementation = {XENT_ABI_VERSION, 1, "test", "1", &kPlainClaim, {}, compute};
  return Subject(implementation).run(two_rows(), layout);
}

float* losses(xent_result* result) {
  return static_cast<float*>(result->loss.data);
}

// Writes 10 x_t + t to each loss: what the buffers hold, as the callee sees it.
xent_status echo(const xent_problem* p, xent_result* result) {
  for (std::int64_t r = 0; r < p->rows; ++r) {
    const std::int64_t t = p->targets.format == XENT_INT64
                               ? static_cast<const std::int64_t*>(p->targets.data)[r * p->targets.row_stride]
                               : static_cast<const std::int32_t*>(p->targets.data)[r * p->targets.row_stride];
    const float x = static_cast<const float*>(p->input.data)[r * p->input.row_stride + t];
    losses(result)[r * result->loss.row_stride] = 10 * x + static_cast<float>(t);
  }
  return XENT_OK;
}

TEST(Subject, PassesTheSameNumbersInEveryLayout) {
  for (const Layout& layout : {Layout{0, 1, 0, true}, Layout{5, 3, 2, false}, Layout{64, 2, 7, true}}) {
    const Response response = run(echo, layout);
    EXPECT_EQ(response.defect, "");
    EXPECT_EQ(response.loss, (std::vector<double>{32, 40}));
  }
}

TEST(Subject, PutsRowsFarApart) {
  Layout layout = {5, 3, 2, false};
  layout.gap = std::int64_t{1} << 31;
  const auto echo_where_it_is = [](const xent_problem* p, xent_result* result) -> xent_status {
    return p->input.row_stride == p->classes + 5 + (std::int64_t{1} << 31) ? echo(p, result) : XENT_INVALID;
  };
  const Response response = run(echo_where_it_is, layout);
  EXPECT_EQ(response.defect, "");
  EXPECT_EQ(response.loss, (std::vector<double>{32, 40}));
  // What is beside each row is watched.
  const auto beside = [](const xent_problem* p, xent_result* result) -> xent_status {
    echo(p, result);
    losses(result)[1] = 0;
    return XENT_OK;
  };
  EXPECT_EQ(run(beside, layout).defect, "memory outside the loss was written");
}

TEST(Subject, MakesPaddingShow) {
  const auto read_padding = [](const xent_problem* p, xent_result* result) -> xent_status {
    const float padding = static_cast<const float*>(p->input.data)[p->classes];
    for (std::int64_t r = 0; r < p->rows; ++r) losses(result)[r * result->loss.row_stride] = 1 + padding;
    return XENT_OK;
  };
  const Response response = run(read_padding, {2, 1, 0, true});
  // A sum with the padding is a NaN.
  ASSERT_EQ(response.loss.size(), 2U);
  EXPECT_TRUE(response.loss[0] != response.loss[0]);
}

TEST(Subject, NoticesAnInputThatChanged) {
  const auto overwrite = [](const xent_problem* p, xent_result* result) -> xent_status {
    echo(p, result);
    const_cast<float*>(static_cast<const float*>(p->input.data))[1] = 7;
    return XENT_OK;
  };
  EXPECT_EQ(run(overwrite, {}).defect, "an input was written");
}

TEST(Subject, NoticesALossThatWasNotWritten) {
  const auto first_only = [](const xent_problem*, xent_result* result) -> xent_status {
    losses(result)[0] = 0;
    return XENT_OK;
  };
  EXPECT_EQ(run(first_only, {}).defect, "loss 1 was not written");
}

// What a buffer is filled with may be a result.
TEST(Subject, AcceptsWhatLooksUnwritten) {
  static int calls;
  calls = 0;
  const auto poison = [](const xent_problem* p, xent_result* result) -> xent_status {
    ++calls;
    for (int64_t row = 0; row < p->rows; ++row)
      std::memset(losses(result) + row, GuardedBuffer::kOutputPoison, sizeof(float));
    return XENT_OK;
  };
  EXPECT_EQ(run(poison, {}).defect, "");
  EXPECT_EQ(calls, 2);
}

TEST(Subject, NoticesWritesBesideTheLosses) {
  const auto before = [](const xent_problem* p, xent_result* result) -> xent_status {
    echo(p, result);
    losses(result)[-1] = 0;
    return XENT_OK;
  };
  const auto between = [](const xent_problem* p, xent_result* result) -> xent_status {
    echo(p, result);
    losses(result)[1] = 0;
    return XENT_OK;
  };
  EXPECT_EQ(run(before, {}).defect, "memory outside the loss was written");
  EXPECT_EQ(run(between, {0, 2, 0, true}).defect, "memory outside the loss was written");
}

}  // namespace
}  // namespace xent::properties
