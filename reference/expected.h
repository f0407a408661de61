// A value or the reason why there is none: what std::expected will be in C++23.
#ifndef XENT_REFERENCE_EXPECTED_H
#define XENT_REFERENCE_EXPECTED_H

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace xent::reference {

// Why an input was refused. A message names the field, the value, and what would be accepted.
struct Error {
  std::string message;
};

// Builds the one form all such messages have: "field: value is not accepted; accepted: what".
Error refused(const std::string& field, const std::string& value, const std::string& accepted);

template <typename T>
class Expected {
 public:
  Expected(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Expected(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  // Domain: has_value().
  const T& operator*() const { return std::get<0>(state_); }
  T& operator*() { return std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  // Domain: not has_value().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_EXPECTED_H
