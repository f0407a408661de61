// Which xent this is.
#ifndef XENT_PROPERTIES_VERSION_H
#define XENT_PROPERTIES_VERSION_H

namespace xent::properties {

// "0.1.0". The inputs of a run are a function of it, too: laws and generators may change with it.
const char* version();

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_VERSION_H
