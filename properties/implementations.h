// Finding an implementation under test by the name a user types.
#ifndef XENT_PROPERTIES_IMPLEMENTATIONS_H
#define XENT_PROPERTIES_IMPLEMENTATIONS_H

#include <span>
#include <string>

#include "properties/child.h"
#include "properties/subject.h"
#include "reference/expected.h"
#include "reference/xent.h"

namespace xent::properties {

struct BuiltIn {
  const char* name;
  const char* description;
  const xent_implementation* (*implementation)();
};

// The implementations that ship with the program.
std::span<const BuiltIn> built_in_implementations();

// True for the names that need no shared library.
bool is_built_in(const std::string& name);

// A built-in name, "mutant:ID", or the path of a shared library that exports xent_get_implementation. The
// library stays loaded. Status: an error says what was looked for, what was found, and what is accepted; also
// when the declaration makes no sense.
reference::Expected<const xent_implementation*> find_implementation(const std::string& name);

// The same, ready to be asked: a library is somebody else's code and runs in a process of its own.
reference::Expected<Subject> find_subject(const std::string& name, const Limits& limits);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_IMPLEMENTATIONS_H
