# SPDX-License-Identifier: MIT
"""readers-jobs.py FORMAT make|read PLACE: makes a small model, index or store at PLACE (a path
without suffix), or reads all of it, mapped as its library does by default, and prints its contents."""

import os
import sys

ROWS, COLUMNS = 256, 16


def numbers():
    import numpy
    return numpy.random.default_rng(7).random((ROWS, COLUMNS), dtype="float32")


def show(name, array):
    import numpy
    array = numpy.asarray(array)
    print(name, array.shape, f"{float(array.astype('float64').sum()):.6f}")


class Gguf:
    def make(place):
        import gguf
        writer = gguf.GGUFWriter(place + ".gguf", "llama")
        writer.add_block_count(1)
        writer.add_tensor("weights", numbers())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    def read(place):
        import gguf
        for tensor in gguf.GGUFReader(place + ".gguf").tensors:
            show(tensor.name, tensor.data)


class Tflite:
    """One operation, which adds its input and the weights: a flatbuffer written field by field, for
    what converts models is far larger than what runs them."""

    def make(place):
        import flatbuffers

        from ai_edge_litert import schema_py_generated as schema
        weights = numbers()
        data, empty = schema.BufferT(), schema.BufferT()
        data.data = weights.view("uint8").reshape(-1)
        tensors = []
        for name, buffer in ((b"in", 0), (b"weights", 1), (b"out", 0)):
            tensor = schema.TensorT()
            tensor.name, tensor.buffer = name, buffer
            tensor.shape, tensor.type = list(weights.shape), schema.TensorType.FLOAT32
            tensors.append(tensor)
        add = schema.OperatorT()
        add.inputs, add.outputs = [0, 1], [2]
        add.builtinOptionsType, add.builtinOptions = schema.BuiltinOptions.AddOptions, schema.AddOptionsT()
        graph = schema.SubGraphT()
        graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], [2], [add]
        model, code = schema.ModelT(), schema.OperatorCodeT()
        code.builtinCode = schema.BuiltinOperator.ADD
        model.version, model.buffers = 3, [empty, data]
        model.operatorCodes, model.subgraphs = [code], [graph]
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), b"TFL3")
        with open(place + ".tflite", "wb") as file:
            file.write(builder.Output())

    def read(place):
        from ai_edge_litert.interpreter import Interpreter
        model = Interpreter(model_path=place + ".tflite", num_threads=1)
        model.allocate_tensors()
        model.set_tensor(model.get_input_details()[0]["index"], numbers())
        model.invoke()
        show("out", model.get_tensor(model.get_output_details()[0]["index"]))


class Openvino:
    def make(place):
        import openvino
        from openvino import opset13
        shape = openvino.PartialShape([ROWS, COLUMNS])
        given = opset13.parameter(shape, openvino.Type.f32)
        total = opset13.add(given, opset13.constant(numbers()))
        openvino.save_model(openvino.Model([total], [given]), place + ".xml", compress_to_fp16=False)

    def read(place):
        import openvino
        core = openvino.Core()
        model = core.read_model(place + ".xml")
        for node in model.get_ops():
            if node.get_type_name() == "Constant":
                show("weights", node.get_data())


class Faiss:
    def make(place):
        import faiss
        index = faiss.index_factory(COLUMNS, "IVF4,Flat")
        index.train(numbers())
        index.add(numbers())
        faiss.write_index(index, place + ".faiss")

    def read(place):
        import faiss
        index = faiss.read_index(place + ".faiss", faiss.IO_FLAG_MMAP)
        index.nprobe = 4
        distances, found = index.search(numbers()[:32], 3)
        show("distances", distances)
        show("found", found)


class Usearch:
    def make(place):
        import numpy
        from usearch.index import Index
        index = Index(ndim=COLUMNS, dtype="f32")
        index.add(numpy.arange(ROWS), numbers(), threads=1)
        index.save(place + ".usearch")

    def read(place):
        import numpy
        from usearch.index import Index
        index = Index.restore(place + ".usearch", view=True)
        print(len(index))
        show("vectors", index.get(numpy.arange(ROWS)))
        show("found", index.search(numbers()[:32], 3, threads=1).keys)


class Annoy:
    def index():
        from annoy import AnnoyIndex
        return AnnoyIndex(COLUMNS, "euclidean")

    def make(place):
        index = Annoy.index()
        index.set_seed(7)
        for row, vector in enumerate(numbers()):
            index.add_item(row, vector)
        index.build(4)
        index.save(place + ".ann")

    def read(place):
        index = Annoy.index()
        index.load(place + ".ann")
        print(index.get_n_items())
        show("found", [index.get_nns_by_item(row, 3) for row in range(32)])


class Npy:
    def make(place):
        import numpy
        numpy.save(place + ".npy", numbers())

    def read(place):
        import numpy
        show("array", numpy.load(place + ".npy", mmap_mode="r"))


class Safetensors:
    def make(place):
        from safetensors.numpy import save_file
        save_file({"weights": numbers()}, place + ".safetensors")

    def read(place):
        from safetensors import safe_open
        with safe_open(place + ".safetensors", framework="np") as tensors:
            for name in tensors.keys():
                show(name, tensors.get_tensor(name))


class Polars:
    def make(place):
        import polars
        polars.DataFrame({"x": numbers().reshape(-1)}).write_ipc(place + ".arrow")

    def read(place):
        import polars
        show("x", polars.read_ipc(place + ".arrow", memory_map=True)["x"])
        show("x", polars.scan_ipc(place + ".arrow").collect()["x"])


def keys():
    return ((b"%04d" % n, b"value %d" % n) for n in range(1000))


def show_pairs(pairs, get):
    count = 0
    for key, value in pairs:
        count += 1
        if value != b"value %d" % int(key) or get(key) != value:
            sys.exit(f"{key}: {value}")
    print(count, "pairs;", get(b"0007").decode())


class Leveldb:
    def make(place):
        import plyvel
        store = plyvel.DB(place + ".leveldb", create_if_missing=True)
        for key, value in keys():
            store.put(key, value)
        store.compact_range()
        store.close()

    def read(place):
        import plyvel
        store = plyvel.DB(place + ".leveldb")
        show_pairs(store, store.get)


class Rocksdb:
    def open(place):
        from rocksdict import Options, Rdict
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_allow_mmap_reads(True)
        return Rdict(place + ".rocksdb", options)

    def make(place):
        store = Rocksdb.open(place)
        for key, value in keys():
            store[key] = value
        store.flush()
        store.compact_range(None, None)
        store.close()

    def read(place):
        store = Rocksdb.open(place)
        show_pairs(store.items(), store.get)
        store.close()


class Tantivy:
    def index(place):
        import tantivy
        schema = tantivy.SchemaBuilder().add_integer_field("number", stored=True) \
            .add_text_field("text", stored=True).build()
        os.makedirs(place + ".tantivy", exist_ok=True)
        return tantivy, tantivy.Index(schema, path=place + ".tantivy")

    def make(place):
        tantivy, index = Tantivy.index(place)
        writer = index.writer(num_threads=1)
        for n in range(1000):
            writer.add_document(tantivy.Document(number=n, text=f"page {n % 7} of the book"))
        writer.commit()
        writer.wait_merging_threads()

    def read(place):
        _, index = Tantivy.index(place)
        searcher = index.searcher()
        found = searcher.search(index.parse_query("3", ["text"]), 1000).hits
        print(searcher.num_docs, "documents;", len(found), "found;",
              sum(searcher.doc(address)["number"][0] for _, address in found))


def main():
    kind, what, place = sys.argv[1:]
    getattr(globals()[kind.capitalize()], what)(place)


main()
