#include "fast/parallel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace xent::fast {
namespace {

// Whether every part was done exactly once.
bool does_all(int parts, int threads) {
  std::vector<std::atomic<int>> times(static_cast<size_t>(parts));
  for_each_part(parts, threads, [&](int part) { ++times[static_cast<size_t>(part)]; });
  for (const auto& count : times) {
    if (count != 1) return false;
  }
  return true;
}

TEST(Parallel, DoesEveryPartOnce) {
  for (const int threads : {-1, 0, 1, 2, 3, 64, 1000}) {
    for (const int parts : {0, 1, 2, 3, 100, 10000}) EXPECT_TRUE(does_all(parts, threads)) << parts;
  }
}

TEST(Parallel, ManyShortCallsInARow) {
  for (int call = 0; call < 20000; ++call) ASSERT_TRUE(does_all(3, 2)) << call;
}

// Two parts that wait for each other can only be done by two threads.
TEST(Parallel, UsesMoreThanOneThread) {
  std::atomic<int> started = 0;
  for_each_part(2, 2, [&](int) {
    ++started;
    while (started < 2) std::this_thread::yield();
  });
  EXPECT_EQ(started, 2);
}

// Parts that follow each other stay with a thread: so does the memory that they read.
TEST(Parallel, ThreadsStartFarFromEachOther) {
  constexpr int kParts = 10;
  std::atomic<int> started = 0;
  std::mutex mutex;
  std::map<std::thread::id, int> first;
  for_each_part(kParts, 2, [&](int part) {
    {
      const std::scoped_lock lock(mutex);
      first.try_emplace(std::this_thread::get_id(), part);
    }
    ++started;
    while (started < 2) std::this_thread::yield();
  });
  ASSERT_EQ(first.size(), 2);
  EXPECT_EQ(first[std::this_thread::get_id()], 0);
  first.erase(std::this_thread::get_id());
  EXPECT_EQ(first.begin()->second, kParts / 2);
}

TEST(Parallel, UsesNoMoreThreadsThanAllowed) {
  does_all(100, 8);  // there are that many now
  for (int call = 0; call < 200; ++call) {
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    for_each_part(50, 3, [&](int) {
      const int now = ++inside;
      int before = most;
      while (now > before && !most.compare_exchange_weak(before, now)) {
      }
      std::this_thread::yield();
      --inside;
    });
    ASSERT_LE(most, 3);
  }
}

TEST(Parallel, SeveralCallersAtOnce) {
  std::atomic<int> wrong = 0;
  std::array<std::thread, 4> callers;
  for (auto& caller : callers) {
    caller = std::thread([&] {
      for (int call = 0; call < 2000; ++call) wrong += does_all(7, 3) ? 0 : 1;
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Parallel, WorksInAForkedProcess) {
  ASSERT_TRUE(does_all(10, 4));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(30);  // rather than wait for ever
    _exit(does_all(1000, 4) && does_all(1000, 4) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(does_all(10, 4));
}

}  // namespace
}  // namespace xent::fast
