#include "fast/parallel.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

namespace xent::fast {
namespace {

using Run = void (*)(const void*, int);

// Tells the processor that a loop waits for another one.
void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// Helpers that stay from call to call: starting a thread takes as long as summing 2^17 logits, and allocates.
// Between calls they look for work for a few microseconds, then sleep.
//
// A job is open to `limit` helpers. The caller does not wait for those that come too late: once it finds no
// part left it closes the job, and waits for those inside. `seats_` holds both numbers, so that joining and
// closing exclude each other; whoever is inside may read the job.
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  ~Pool() {
    if (is_forked()) return;
    stopping_.store(true);
    wake(size_);
    for (int i = 0; i < size_; ++i) helpers_[i]->join();
    for (int i = 0; i < size_; ++i) delete helpers_[i];
  }

  // False if other threads are being used by another caller or cannot be had.
  bool call(int parts, int threads, Run run, const void* work) {
    const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    if (is_forked()) abandon();
    grow(threads - 1);
    if (size_ == 0) return false;
    run_ = run;
    work_ = work;
    deal(parts, threads);
    seats_.store(static_cast<uint32_t>(threads - 1) * kLimit, std::memory_order_release);
    wake(threads - 1);
    run_parts(0);
    uint32_t inside = seats_.fetch_and(kInside) & kInside;  // closes
    for (int spins = 0; inside != 0; inside = seats_.load(std::memory_order_acquire)) {
      if (++spins < kSpins) {
        pause();
      } else {
        seats_.wait(inside);
      }
    }
    return true;
  }

 private:
  static constexpr uint32_t kInside = 0xffff;  // the low half of seats_; the high half is the limit
  static constexpr uint32_t kLimit = kInside + 1;
  static constexpr int kSpins = 2000;

  void wake(int helpers) {
    calls_.fetch_add(1);
    for (int i = 0; i < helpers; ++i) calls_.notify_one();
  }

  // Threads do not survive a fork, their handles do.
  bool is_forked() const { return size_ > 0 && process_ != getpid(); }

  void abandon() { size_ = 0; }

  void grow(int size) {
    process_ = getpid();
    try {
      for (; size_ < size; ++size_) helpers_[size_] = new std::thread([this] { help(); });
    } catch (const std::system_error&) {
      // Fewer will do.
    } catch (const std::bad_alloc&) {
    }
  }

  // A worker's share of the parts: consecutive ones, whose memory the hardware follows.
  struct alignas(64) Share {
    std::atomic<int> next = 0;
    int end = 0;
  };

  static int first_part(int parts, int worker, int workers) {
    return static_cast<int>(int64_t{parts} * worker / workers);
  }

  void deal(int parts, int workers) {
    workers_ = workers;
    for (int i = 0; i < workers; ++i) {
      shares_[i].next.store(first_part(parts, i, workers), std::memory_order_relaxed);
      shares_[i].end = first_part(parts, i + 1, workers);
    }
  }

  // First what is this worker's, then what others have left.
  void run_parts(int worker) {
    for (int i = 0; i < workers_; ++i) {
      Share& share = shares_[(worker + i) % workers_];
      for (int part = share.next++; part < share.end; part = share.next++) run_(work_, part);
    }
  }

  // The number of a worker beside the caller, who is 0; none if there are enough. Two may have the same one,
  // if another has left.
  std::optional<int> join() {
    uint32_t seats = seats_.load();
    while ((seats & kInside) < seats / kLimit) {
      if (seats_.compare_exchange_weak(seats, seats + 1)) return static_cast<int>(seats & kInside) + 1;
    }
    return std::nullopt;
  }

  void leave() {
    // Closed and empty: the caller may be waiting.
    if (seats_.fetch_sub(1) == 1) seats_.notify_all();
  }

  void help() {
    uint32_t seen = 0;
    while (!stopping_.load()) {
      if (const std::optional<int> worker = join()) {
        run_parts(*worker);
        leave();
      }
      for (int spins = 0; spins < kSpins && calls_.load(std::memory_order_relaxed) == seen; ++spins) pause();
      calls_.wait(seen);
      seen = calls_.load();
    }
  }

  std::mutex mutex_;  // held by the one caller
  std::thread* helpers_[kMaxThreads] = {};
  int size_ = 0;
  pid_t process_ = 0;
  Run run_ = nullptr;
  const void* work_ = nullptr;
  int workers_ = 0;
  Share shares_[kMaxThreads];
  std::atomic<uint32_t> seats_ = 0;
  std::atomic<uint32_t> calls_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace

void run_parts(int parts, int threads, Run run, const void* work) {
  threads = std::clamp(std::min(threads, parts), 1, kMaxThreads);
  if (threads > 1) {
    static Pool pool;
    if (pool.call(parts, threads, run, work)) return;
  }
  for (int part = 0; part < parts; ++part) run(work, part);
}

}  // namespace xent::fast
