#pragma once

#include <functional>

#include "ui/engine/engine_process.h"

namespace orrery::ui {

/// Requests about the model that a widget shows. Answers about another, shown before, are dropped.
class ModelRequests {
 public:
  /// `context` owns this: nothing is called after it is destroyed.
  ModelRequests(EngineProcess& engine, QObject* context) : engine_(engine), context_(context) {}

  /// Another model is shown from now on.
  void startOver() {
    ++generation_;
    pending_ = 0;
  }
  bool busy() const { return pending_ > 0; }

  template <class Params>
  void ask(const Params& params, std::function<void(const typename Params::Result&)> done,
           std::function<void(const QString&)> failed) {
    ++pending_;
    engine_.request<Params>(
        params, context_,
        [this, current = generation_, done](const typename Params::Result& result) {
          if (current != generation_) return;
          --pending_;
          done(result);
        },
        [this, current = generation_, failed](const EngineError& error) {
          if (current != generation_) return;
          --pending_;
          failed(error.message);
        });
  }

 private:
  EngineProcess& engine_;
  QObject* context_;
  int generation_ = 0;
  int pending_ = 0;
};

}  // namespace orrery::ui
