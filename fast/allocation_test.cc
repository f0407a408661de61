// Once warm, nothing is allocated. Not asked under a sanitizer, which has operators of its own.
#ifndef XENT_SANITIZED

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "fast/testing.h"

namespace {

std::atomic<int64_t> allocations = 0;

}  // namespace

// Counted for the whole program. What the C++ library does not replace calls these.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const block = std::malloc(size == 0 ? 1 : size)) return block;  // NOLINT(*-no-malloc)
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t line,
                                     const std::nothrow_t&) noexcept {
  ++allocations;
  const auto unit = static_cast<std::size_t>(line);
  return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);  // NOLINT(*-no-malloc)
}
[[gnu::noinline]] void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);  // NOLINT(*-no-malloc)
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
  std::free(block);  // NOLINT(*-no-malloc)
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept {
  std::free(block);  // NOLINT(*-no-malloc)
}

namespace xent::fast {
namespace {

TEST(Allocation, IsOverAfterTheFirstScaledRow) {
  for (const int64_t classes : {10, 70000}) {
    Question question(random_logits(3 * classes, 3, 4), {0, 1, 2});
    question.problem.temperature = 0.5;
    ASSERT_EQ(question.ask(), XENT_OK);
    const int64_t before = allocations;
    ASSERT_EQ(question.ask(), XENT_OK);
    EXPECT_EQ(allocations, before) << classes;
  }
}

TEST(Allocation, IsOverAfterTheFirstCall) {
  constexpr int kCalls = 40;
  for (const xent_implementation* implementation : {fast_implementation(), correct_implementation()}) {
    for (const int64_t classes : {10, 1000, 70000}) {
      for (const int threads : {1, 2}) {
        const int64_t rows = 210000 / classes;
        Question question(random_logits(rows * classes, 3, 4),
                          std::vector<int64_t>(static_cast<size_t>(rows)));
        std::vector<float> losses(static_cast<size_t>(rows));
        std::vector<float> gradient(question.logits.size());
        question.problem.threads = threads;
        question.result.loss = {losses.data(), XENT_BINARY32, 1, 0};
        for (const bool wants_gradient : {false, true}) {
          if (wants_gradient) question.result.grad = {gradient.data(), XENT_BINARY32, classes, 1};
          for (int call = 0; call < 3; ++call) ASSERT_EQ(question.ask(implementation), XENT_OK);
          const int64_t before = allocations;
          for (int call = 0; call < kCalls; ++call) ASSERT_EQ(question.ask(implementation), XENT_OK);
          // Another thread may be given its first parts only now, which is when its buffers grow.
          EXPECT_LE(allocations - before, threads == 1 ? 0 : kCalls / 2)
              << implementation->name << ' ' << classes << ' ' << threads << ' ' << wants_gradient;
        }
      }
    }
  }
}

}  // namespace
}  // namespace xent::fast
#endif  // XENT_SANITIZED
