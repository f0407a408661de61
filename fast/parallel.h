// Splits independent parts of a call over threads.
#ifndef XENT_FAST_PARALLEL_H
#define XENT_FAST_PARALLEL_H

namespace xent::fast {

inline constexpr int kMaxThreads = 64;

// Calls run(work, part) for every part in [0, parts), on the calling thread and at most threads - 1 others.
//
// Domain: run does not throw, and does not call this function. threads is clamped to [1, kMaxThreads]. May be
// called from several threads at once, and in a process that was forked from one that has called it.
// Status: a thread that is missing, or works for another caller, costs time, nothing else.
void run_parts(int parts, int threads, void (*run)(const void* work, int part), const void* work);

// The same with anything that can be called as work(part).
template <class Work>
void for_each_part(int parts, int threads, const Work& work) {
  const auto run = [](const void* any, int part) { (*static_cast<const Work*>(any))(part); };
  run_parts(parts, threads, run, &work);
}

}  // namespace xent::fast

#endif  // XENT_FAST_PARALLEL_H
