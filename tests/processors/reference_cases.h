#pragma once

#include <QtTest>
#include <filesystem>
#include <map>
#include <string>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"
#include "tests/processors/difference.h"
#include "tests/processors/support.h"

namespace orrery::test {

/// What an oracle script wrote into a folder: cases.json, and their tensors as "<case>/<name>" in
/// expected.safetensors. Opened on first use.
class ReferenceCases {
 public:
  /// `folder` is beside processorsFolder().
  explicit ReferenceCases(std::string folder) : name_(std::move(folder)) {}

  std::filesystem::path folder() const { return processorsFolder().parent_path() / name_; }

  const Json& list() const {
    if (list_.is_null()) list_ = readJsonFile(folder() / "cases.json");
    return list_;
  }
  const checkpoint::SafetensorsFile& tensors() const {
    if (!tensors_) tensors_ = checkpoint::SafetensorsFile::open(folder() / "expected.safetensors");
    return *tensors_;
  }
  at::Tensor tensor(const std::string& name) const { return nn::asTensor(*tensors().find(name)); }

  /// Rows of a data-driven test: the column `index` into list().
  void addRows() const {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto& one : list()) QTest::newRow(one["name"].get<std::string>().c_str()) << index++;
  }

  /// Fails the test unless `got` is the tensor of that name.
  void compare(const at::Tensor& got, const std::string& name) const {
    const std::string other = difference(got, tensor(name));
    QVERIFY2(other.empty(), (name + ": " + other).c_str());
  }

  /// Fails the test unless `got` has the tensors of the case `one` and no others.
  void compareAll(const std::map<std::string, at::Tensor>& got, const Json& one) const {
    const std::string prefix = one["name"].get<std::string>() + "/";
    std::size_t compared = 0;
    for (const auto& name : tensors().names()) {
      if (!name.starts_with(prefix)) continue;
      const auto found = got.find(name.substr(prefix.size()));
      QVERIFY2(found != got.end(), name.c_str());
      compare(found->second, name);
      ++compared;
    }
    QCOMPARE(got.size(), compared);
  }

 private:
  std::string name_;
  mutable Json list_;
  mutable std::shared_ptr<const checkpoint::SafetensorsFile> tensors_;
};

}  // namespace orrery::test
