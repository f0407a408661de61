// The SIMD targets that were compiled in, for tests.
#ifndef XENT_FAST_TARGETS_H
#define XENT_FAST_TARGETS_H

#include <string>
#include <vector>

namespace xent::fast {

// Names of the targets that were compiled in and that this processor supports, best first.
std::vector<std::string> targets();

// Makes the whole process use one of them; any other name brings back the best. Returns whether `name` is a
// target. Domain: no other thread is inside the kernel.
bool use_target(const std::string& name);

}  // namespace xent::fast

#endif  // XENT_FAST_TARGETS_H
