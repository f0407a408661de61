// Any program at all, asked through a pipe.
//
// The program is run by /bin/sh -c. It writes its declaration as the first line of its standard output, then
// reads a case a line from standard input and writes an answer line for each: golden/case.h,
// declaration_line.h and answer_line.h say what is in them. It has to flush its output after each line, for
// the next case comes when the answer is there. The end of its input is the end of the conversation.
#ifndef XENT_PROPERTIES_PROGRAM_H
#define XENT_PROPERTIES_PROGRAM_H

#include <memory>
#include <string>

#include "properties/child.h"
#include "properties/subject.h"
#include "reference/expected.h"

namespace xent::properties {

// A program that ends, does not answer in time, or answers what is no answer to the case is a response with
// that defect; for the next call it is started again. Status: an error says what is wrong with the
// declaration, or how the program ended instead.
reference::Expected<std::shared_ptr<Remote>> program(const std::string& command, const Limits& limits);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PROGRAM_H
