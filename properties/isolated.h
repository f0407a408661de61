// An implementation of the contract, called in a process of its own.
#ifndef XENT_PROPERTIES_ISOLATED_H
#define XENT_PROPERTIES_ISOLATED_H

#include <functional>
#include <memory>

#include "properties/child.h"
#include "properties/subject.h"
#include "reference/expected.h"

namespace xent::properties {

// Finds the implementation; called in the child alone, so that nothing of it runs in this process.
using Load = std::function<reference::Expected<const xent_implementation*>()>;

// One child answers call after call, in memory that it shares with this process: inputs cannot be written,
// and every buffer ends or begins beside a page that cannot be touched. A child that ends, throws, or does
// not answer in time is a response with that defect; the next call finds a new one. What it prints in
// a call is a defect, too; a banner while it is loaded is passed over. Status: an error says why it could not
// be loaded, or how it ended instead.
reference::Expected<std::shared_ptr<Remote>> isolated(Load load, const Limits& limits);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_ISOLATED_H
