#include "bench/answer.h"

#include <gtest/gtest.h>

namespace xent::bench {
namespace {

std::vector<Workload> answer_workloads() {
  std::vector<Workload> all;
  all.emplace_back(Shape{2, 30, false}, reference::format(XENT_BINARY32), 1);
  all.emplace_back(Shape{20, 5, false}, reference::format(XENT_BFLOAT16), 1);
  return all;
}

TEST(Answer, HasRoomForEveryWorkload) {
  const std::vector<Workload> all = answer_workloads();
  Answer answer(all);
  for (const Workload& workload : all) {
    const auto matrix = answer.matrix(workload);
    EXPECT_EQ(matrix.size(), workload.words().size());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(matrix.data()) % 64, 0u);
    auto* const losses = static_cast<float*>(answer.result(workload, *find_operation("forward")).loss.data);
    std::fill_n(losses, workload.shape().rows, 1.f);  // a sanitizer sees if there is no room
    std::ranges::fill(matrix, 1u);
  }
}

TEST(Answer, OnlyAGradientIsAskedToBeStored) {
  const std::vector<Workload> all = answer_workloads();
  Answer answer(all);
  for (const Workload& workload : all) {
    EXPECT_EQ(answer.result(workload, *find_operation("forward")).grad.data, nullptr);
    const xent_result both = answer.result(workload, *find_operation("forward+gradient"));
    EXPECT_EQ(both.struct_size, sizeof both);
    EXPECT_EQ(both.grad.data, answer.matrix(workload).data());
    EXPECT_EQ(both.grad.format, workload.format().id);
    EXPECT_EQ(both.grad.row_stride, workload.shape().classes);
    EXPECT_EQ(both.grad.class_stride, 1);
    EXPECT_EQ(both.loss.format, XENT_BINARY32);
    EXPECT_EQ(both.loss.row_stride, 1);
  }
}

TEST(Answer, AMapHasAResultForEveryClassInTheFormatOfTheLogits) {
  const std::vector<Workload> all = answer_workloads();
  Answer answer(all);
  for (const Workload& workload : all) {
    for (const Operation& operation : operations()) {
      const xent_result result = answer.result(workload, operation);
      EXPECT_EQ(result.grad.data != nullptr, operation.gradient) << operation.name;
      if (!operation.is_map()) {
        EXPECT_NE(result.loss.data, answer.matrix(workload).data()) << operation.name;
        continue;
      }
      EXPECT_EQ(result.loss.data, answer.matrix(workload).data()) << operation.name;
      EXPECT_EQ(result.loss.format, workload.format().id) << operation.name;
      EXPECT_EQ(result.loss.row_stride, workload.shape().classes) << operation.name;
      EXPECT_EQ(result.loss.class_stride, 1) << operation.name;
    }
  }
}

}  // namespace
}  // namespace xent::bench
