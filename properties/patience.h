// How long to wait for code that has kept us waiting, and how often it was waited for in vain.
#ifndef XENT_PROPERTIES_PATIENCE_H
#define XENT_PROPERTIES_PATIENCE_H

#include <algorithm>

#include "properties/child.h"

namespace xent::properties {

// Once an answer did not come within the limit, later ones are waited for a tenth of it, or ten times as long
// as the slowest that did come: a judge that goes on after the first hang meets many. The same of starts.
class Patience {
 public:
  explicit Patience(double limit) : limit_(limit) {}

  double seconds() const {
    return was_late_ ? std::clamp(10 * slowest_, std::min(std::max(limit_ / 10, kLeast), limit_), limit_)
                     : limit_;
  }
  void note(const Reply& reply) {
    if (reply.is_late) note_late();
    if (reply.failure.empty()) note_answer(reply.seconds);
  }
  void note_answer(double seconds) { slowest_ = std::max(slowest_, seconds); }
  void note_late() {
    ++times_lost_;
    was_late_ = true;
  }
  void note_restart() { ++times_lost_; }
  int times_lost() const { return times_lost_; }

 private:
  // Long enough for a busy machine to come round to a process that does answer.
  static constexpr double kLeast = 0.1;

  double limit_;
  double slowest_ = 0;
  bool was_late_ = false;
  int times_lost_ = 0;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PATIENCE_H
