// ONNX Runtime by its Python interface, which is what its package offers: this library holds the interpreter.
// A call costs some ten microseconds on top of the library's own, which counts where rows are few and short.
// Losses and the 1 at the target are read off and subtracted here.
#include <Python.h>
#include <dlfcn.h>

#include <filesystem>
#include <memory>
#include <string>

#include "bench/peers/adapter.h"

namespace xent::bench::peer {
namespace {

struct Release {
  void operator()(PyObject* object) const { Py_DECREF(object); }
};
using Object = std::unique_ptr<PyObject, Release>;

// The interpreter's lock, which any thread may ask for.
class Locked {
 public:
  Locked() : state_(PyGILState_Ensure()) {}
  ~Locked() { PyGILState_Release(state_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  PyGILState_STATE state_;
};

// The file of this library: the model lies beside it.
std::filesystem::path own_file() {
  Dl_info info = {};
  dladdr(reinterpret_cast<const void*>(&own_file), &info);
  return info.dli_fname;
}

// Packages first: this library has the name of one.
void add_to_path() {
  PyObject* const path = PySys_GetObject("path");  // borrowed
  const Object packages(PyUnicode_FromString(XENT_PYTHON_PACKAGES));
  const Object own(PyUnicode_FromString(own_file().parent_path().c_str()));
  PyList_Insert(path, 0, packages.get());
  PyList_Append(path, own.get());
}

// The function and the version of onnxruntime_model.py; null where the interpreter or a module is missing.
struct Model {
  PyObject* run = nullptr;  // kept for the life of the process
  std::string version = "unknown";
};

Model load() {
  // Extension modules expect the interpreter's symbols to be there for all.
  dlopen(XENT_PYTHON_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
  Py_InitializeEx(0);
  Model model;
  add_to_path();
  const Object module(PyImport_ImportModule("onnxruntime_model"));
  if (module == nullptr) {
    PyErr_Print();
  } else {
    model.run = PyObject_GetAttrString(module.get(), "run");
    const Object version(PyObject_GetAttrString(module.get(), "VERSION"));
    if (version != nullptr) model.version = PyUnicode_AsUTF8(version.get());
  }
  PyEval_SaveThread();
  return model;
}

const Model& model() {
  static const Model model = load();
  return model;
}

bool compute(const Batch& batch) {
  float* const log_probs = scratch(batch.rows * batch.classes);
  {
    const Locked locked;
    const auto address = [](const float* x) { return reinterpret_cast<unsigned long long>(x); };
    const Object done(PyObject_CallFunction(model().run, "KKKLLi", address(batch.logits), address(log_probs),
                                            address(batch.gradient), static_cast<long long>(batch.rows),
                                            static_cast<long long>(batch.classes), batch.threads));
    if (done == nullptr) {
      PyErr_Print();
      return false;
    }
  }
  for (std::int64_t r = 0; r < batch.rows; ++r) {
    const std::int64_t target = r * batch.classes + batch.targets[r];
    batch.losses[r] = -log_probs[target];
    if (batch.gradient != nullptr) batch.gradient[target] -= 1;
  }
  return true;
}

// Documented nowhere; twice what is usual.
constexpr double kExpError = 4;

}  // namespace
}  // namespace xent::bench::peer

extern "C" const xent_implementation* xent_get_implementation(void) {
  using namespace xent::bench::peer;
  if (model().run == nullptr) return nullptr;
  return describe("ONNX Runtime", model().version.c_str(), kExpError, answer_with<compute>);
}
