"""Event files beside TensorBoard's own reader.

    check_events.py FOLDER ROWS         FOLDER: of one run; ROWS: split/name,step,value of its metrics, as CSV"""
import csv
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'tensors': 0})
events.Reload()
rows = list(csv.reader(open(sys.argv[2])))[1:]
values = {(tag, e.step): e.value for tag in events.Tags()['scalars'] for e in events.Scalars(tag)}
assert len(values) == len(rows) > 0, (len(values), len(rows))
for tag, step, value in rows:
    assert abs(values[tag, int(step)] - float(value)) <= 1e-6 * abs(float(value)), (tag, step)
texts = [tag for tag in events.Tags()['tensors']]
assert texts, 'no texts'
for tag in texts:
    for e in events.Tensors(tag):
        assert [d.size for d in e.tensor_proto.tensor_shape.dim] == [3, 2]
        assert [t.decode() for t in e.tensor_proto.string_val][::2] == ['source', 'reference', 'output']
    assert events.SummaryMetadata(tag).plugin_data.plugin_name == 'text'
print(f'{len(rows)} values and {len(texts)} lines are what TensorBoard reads')
