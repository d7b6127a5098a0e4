#pragma once

// Memory of one thread, inside core/kernels only.

#include <cstdint>
#include <new>

namespace orrery::kernels {

/// Grows and stays, aligned for whole vectors; what it held is lost when it grows.
template <class T>
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { release(); }

  T* take(std::int64_t count) {
    if (count > room_) {
      release();
      room_ = 0;
      data_ = static_cast<T*>(
          ::operator new (static_cast<std::size_t>(count) * sizeof(T), std::align_val_t{64}));
      room_ = count;
    }
    return data_;
  }

 private:
  void release() {
    ::operator delete (data_, std::align_val_t{64});
    data_ = nullptr;
  }
  T* data_ = nullptr;
  std::int64_t room_ = 0;
};

}  // namespace orrery::kernels
