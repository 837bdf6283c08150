import Autodiff
import Glibc
import NeuroMod
import Tensor

func now() -> Double {
  var t = timespec()
  clock_gettime(CLOCK_MONOTONIC, &t)
  return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
}

func gru(hidden: Int, batch: Int, steps: Int, threads: Int) {
  let tracer = Tracer()
  let x = tracer.input("x", width: 6)
  let target = tracer.input("target", width: 1)
  let h = GRU(size: hidden, candidateBias: true, recurrentBias: true).step(x, in: tracer)
  let y = tracer.scope("head") { Dense(size: 1).callAsFunction(h, in: tracer) }
  tracer.output("loss", (y - target).squared())
  let program = tracer.finish()
  let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
  let rows = [batch / 2, batch / 2]
  let executor = Executor(program, parameters: store, rows: rows, steps: steps, objectives: ["loss"])
  let optimizer = Optimizer(.adam(), count: store.layout.count)
  var r = RandomKey(seed: 2).stream()
  for s in executor.shards {
    for i in 0..<steps * s.rows * 6 { s.input("x")[i] = r.normal() }
    for i in 0..<steps * s.rows { s.input("target")[i] = r.normal(); s.cotangent("loss")[i] = 1 / Float(batch * steps) }
  }
  let pool = ThreadPool(threads: threads)
  var times: [Double] = []
  for _ in 0..<20 {
    let t0 = now()
    executor.prepare()
    pool.run(executor.shards.count) { i in
      executor.shards[i].forward(0..<steps)
      executor.shards[i].backward(steps)
    }
    let g = executor.reduceGradients()
    optimizer.update(store, gradient: g, learningRate: 1e-3)
    times.append(now() - t0)
  }
  times.sort()
  print("gru", hidden, batch, steps, threads, "min", times[0] * 1e3, "median", times[10] * 1e3)
}
for threads in [1, 2] {
  gru(hidden: 128, batch: 128, steps: 200, threads: threads)
  gru(hidden: 50, batch: 32, steps: 200, threads: threads)
  gru(hidden: 50, batch: 128, steps: 200, threads: threads)
}
