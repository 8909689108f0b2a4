// The least a program with a YAML config and HDF5 can cost to start.
#include <hdf5.h>
#include <yaml-cpp/yaml.h>

int main() { return H5open() < 0 ? 1 : YAML::Load("a: 1")["a"].as<int>() - 1; }
