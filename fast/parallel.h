// Splits independent parts of a call over threads.
#ifndef XENT_FAST_PARALLEL_H
#define XENT_FAST_PARALLEL_H

#include <new>
#include <system_error>
#include <thread>

namespace xent::fast {

inline constexpr int kMaxThreads = 64;

// Calls work(part) for every part in [0, parts), part p on thread p mod threads, the caller being thread 0.
//
// Domain: work does not throw. threads is clamped to [1, kMaxThreads].
// Status: a thread that cannot be started costs time, nothing else: the caller does its parts.
template <class Work>
void for_each_part(int parts, int threads, const Work& work) {
  threads = threads < 1 ? 1 : threads > kMaxThreads ? kMaxThreads : threads;
  if (threads > parts) threads = parts < 1 ? 1 : parts;
  const auto share = [&](int thread) {
    for (int part = thread; part < parts; part += threads) work(part);
  };
  std::jthread helpers[kMaxThreads];
  int started = 1;
  try {
    for (; started < threads; ++started) helpers[started] = std::jthread(share, started);
  } catch (const std::system_error&) {
    // What was not started is done below.
  } catch (const std::bad_alloc&) {
  }
  for (int thread = started; thread < threads; ++thread) share(thread);
  share(0);
}

}  // namespace xent::fast

#endif  // XENT_FAST_PARALLEL_H
